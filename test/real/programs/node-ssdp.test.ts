import { behavesTheSame } from './support.ts';

behavesTheSame('node-ssdp');

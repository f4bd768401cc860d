import { behavesTheSame } from './support.ts';

behavesTheSame('multicast-dns');

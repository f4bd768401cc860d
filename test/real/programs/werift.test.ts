import { behavesTheSame } from './support.ts';

behavesTheSame('werift');

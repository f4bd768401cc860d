import { behavesTheSame } from './support.ts';

behavesTheSame('bittorrent-dht');

import { behavesTheSame, behavesTheSameWith } from './support.ts';

behavesTheSame('dns2');
behavesTheSameWith({ name: 'dig', debianPackage: 'dnsutils' }, 'dns2');

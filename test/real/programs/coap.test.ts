import { behavesTheSame, behavesTheSameWith } from './support.ts';

behavesTheSame('coap');
behavesTheSameWith({ name: 'coap-client-notls', debianPackage: 'libcoap3-bin' }, 'coap');

import { behavesTheSame, behavesTheSameWith } from './support.ts';

behavesTheSame('net-snmp');
behavesTheSameWith({ name: 'snmpget', debianPackage: 'snmp' }, 'net-snmp');

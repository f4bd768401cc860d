import { isDataView } from 'node:util/types';

/** Getters as the language has them. A subclass, or a view itself, may have others, which do not tell what there is. */
const typedArray = viewGetters(Object.getPrototypeOf(Uint8Array.prototype));
const dataView = viewGetters(DataView.prototype);
const lengthOf = getter(Object.getPrototypeOf(Uint8Array.prototype), 'length');

const NONE = new Uint8Array(0);

/** The bytes of a view, without copying; none where its `ArrayBuffer` is gone. */
export function viewBytes(view: ArrayBufferView): Uint8Array {
  const plain = view instanceof Uint8Array && lengthOf.call(view) === view.length;
  return plain ? view : rewrapped(view);
}

function rewrapped(view: ArrayBufferView): Uint8Array {
  const { buffer, byteOffset, byteLength } = isDataView(view) ? dataView : typedArray;
  try {
    return new Uint8Array(buffer.call(view), byteOffset.call(view), byteLength.call(view));
  } catch {
    return NONE; // The buffer is detached, or has shrunk to less than the view's beginning.
  }
}

function viewGetters(prototype: object) {
  return {
    buffer: getter(prototype, 'buffer'),
    byteOffset: getter(prototype, 'byteOffset'),
    byteLength: getter(prototype, 'byteLength'),
  };
}

function getter(prototype: object, name: string) {
  const found = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  if (!found) throw new Error(`views have no ${name} here`);
  return found;
}

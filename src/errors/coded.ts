/**
 * Errors with a `code`, equal to those that Node makes: class, `code`, message, `toString()`, the
 * stack's first line and the list of own keys. Programs compare all of these.
 */

type ErrorClass = new (message: string) => Error;

/** An error whose `code` shows in brackets behind its class name, but not in its `name`. */
export interface CodedError extends Error {
  code: string;
}

const withCode = new Map<ErrorClass, new (code: string, message: string) => CodedError>();

function classWithCode(Base: ErrorClass): new (code: string, message: string) => CodedError {
  const known = withCode.get(Base);
  if (known) return known;
  class WithCode extends Base {
    code: string;

    constructor(code: string, message: string) {
      super(message);
      this.code = code;
      nameStack(this, code);
    }

    override toString(): string {
      return `${this.name} [${this.code}]: ${this.message}`;
    }
  }
  // Node's errors of this kind answer TypeError, RangeError or Error to `error.constructor`.
  Object.defineProperty(WithCode.prototype, 'constructor', { value: Base });
  Object.defineProperty(WithCode.prototype, 'toString', { enumerable: false });
  withCode.set(Base, WithCode);
  return WithCode;
}

/** Puts `Name [CODE]` into the stack, which V8 composes at its first use, and leaves `name` alone. */
function nameStack(error: Error, code: string): void {
  Object.defineProperty(error, 'name', {
    value: `${error.name} [${code}]`,
    configurable: true,
  });
  void error.stack;
  Reflect.deleteProperty(error, 'name');
}

/** Makes an error of `Base` with a `code`. */
export function codedError(Base: ErrorClass, code: string, message: string): CodedError {
  return new (classWithCode(Base))(code, message);
}

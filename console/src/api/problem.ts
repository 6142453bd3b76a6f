// What the API says when it refuses: RFC 9457 problems, and the failures that never reached it.
import type { FieldError, Problem } from './types';

/** As much of a problem document as was there: a proxy's answer may have none of it. */
type ProblemBody = Partial<Problem>;

const TYPE_PREFIX = 'https://slipway.dev/problems/';

/** A refusal by the API. `kind` is the last part of the problem's type, such as `name-taken`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly kind: string;
  readonly status: number;
  readonly detail: string;
  readonly requestId: string | null;
  readonly fields: FieldError[];
  /** Seconds that the API asks us to wait, from `Retry-After`. */
  readonly retryAfter: number | null;

  constructor(status: number, body: ProblemBody, headers: Headers) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.status = status;
    this.kind = body.type?.startsWith(TYPE_PREFIX) ? body.type.slice(TYPE_PREFIX.length) : 'internal';
    this.detail = this.message;
    this.requestId = body.requestId ?? headers.get('X-Request-Id');
    this.fields = body.errors ?? [];
    const wait = Number(headers.get('Retry-After') ?? Number.NaN);
    this.retryAfter = Number.isFinite(wait) ? wait : null;
  }

  /** Reads the answer's body; one that is no problem document (a proxy's page) becomes `internal`. */
  static async from(response: Response): Promise<ApiError> {
    const json = response.headers.get('Content-Type')?.includes('json') ?? false;
    const body = json ? ((await response.json().catch(() => ({}))) as ProblemBody) : {};
    return new ApiError(response.status, body, response.headers);
  }
}

/** The API could not be reached, or the connection broke before it answered. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** The person signed out, or decided not to sign in again, while a request waited. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut';
}

/** "must be longer" → "Must be longer.": the API names the field beside its message, here it stands at the field. */
function sentence(message: string): string {
  const capital = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** The refused fields as a map of sentences; the first message of a field wins. */
export function fieldMessages(error: unknown): Record<string, string> {
  const messages: Record<string, string> = {};
  if (error instanceof ApiError) {
    for (const { field, message } of error.fields) messages[field] ??= sentence(message);
  }
  return messages;
}

/** Whether the same request may succeed later without any change to it. */
export function isTransient(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof ApiError && (error.status >= 500 || error.status === 429));
}

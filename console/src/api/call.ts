// `send` with the types of the OpenAPI document: a path, method, parameter or body that the API does not know is a
// type error, and the answer has the type of the success response.
import { type Method, type RequestOptions, send } from './client';
import type { paths } from './generated/schema';

type Paths = keyof paths;
type Operation<P extends Paths, M extends Method> = Lowercase<M> extends keyof paths[P] ? paths[P][Lowercase<M>] : never;
type Success = 200 | 201 | 202;

type JsonOf<R> = R extends { content: { 'application/json': infer Json } | { 'application/yaml': infer Json } }
  ? Json
  : undefined;
type Answer<O> = O extends { responses: infer R }
  ? [keyof R & Success] extends [never]
    ? undefined
    : JsonOf<R[keyof R & Success]>
  : undefined;
type BodyOf<O> = O extends { requestBody: { content: { 'application/json': infer Json } } }
  ? { body: Json }
  : { body?: undefined };
type PathOf<O> = O extends { parameters: { path: infer Path } } ? { path: Path } : { path?: undefined };
type QueryOf<O> = O extends { parameters: { query?: infer Query } } ? { query?: Query } : { query?: undefined };

type Options<O> = BodyOf<O> & PathOf<O> & QueryOf<O> & Pick<RequestOptions, 'signal' | 'idempotencyKey'>;

/** Calls one endpoint. Throws `ApiError`, `Unreachable` or `SignedOut`. */
export function call<M extends Method, P extends Paths>(
  method: M,
  template: P,
  options: Options<Operation<P, M>>,
): Promise<Answer<Operation<P, M>>> {
  const { path, query, ...rest } = options as RequestOptions & { path?: Record<string, string> };
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path?.[name] ?? ''));
  return send(method, filled, { ...rest, query });
}

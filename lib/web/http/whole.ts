/**
 * A response whose bytes are known. As a body they would be copied for each client that gets them and go
 * through a stream each: what is given to many at once is written from the one array.
 */
const known = new WeakMap<Response, Uint8Array<ArrayBuffer>>();

/** Nobody may change `bytes` any more. */
export function wholeResponse(bytes: Uint8Array<ArrayBuffer>, init: ResponseInit): Response {
  // For whoever reads it as any other; nothing of it is made before.
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  }, { highWaterMark: 0 });
  const response = new Response(body, init);
  known.set(response, bytes);
  return response;
}

/** Null for a response that is made as it is read. */
export function bytesOf(response: Response): Uint8Array<ArrayBuffer> | null {
  return known.get(response) ?? null;
}

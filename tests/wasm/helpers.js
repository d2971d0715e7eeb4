// @ts-check
// The JavaScript side of main.rs.

/** @param {unknown} http as the facade makes it */
export function configFor(http) {
  return {
    apiKey: "key",
    baseUrl: "https://stub.example/finauth",
    signatureTtl: 100,
    transmitsOnce: true,
    http,
  };
}

/**
 * @param {string[]} faceTokens
 * @param {unknown} signal
 * @param {number} timeout
 */
export function callFor(faceTokens, signal, timeout) {
  const joinedTokens = new TextEncoder().encode(faceTokens.join("\n"));
  return { groupId: "staff", faceTokens, joinedTokens, signal, timeout, maxRetries: 0 };
}

export class Server {
  /** @type {(request: Request) => void} */
  #arrived = () => {};
  /** @type {Promise<Request>} */
  #request = new Promise((resolve) => {
    this.#arrived = resolve;
  });
  /** @type {AbortSignal | null | undefined} */
  #signal;

  /** @param {string} behaviour */
  constructor(behaviour) {
    /**
     * @param {string} url
     * @param {RequestInit} init
     */
    this.fetch = (url, init) => {
      this.#signal = init.signal;
      const { signal: _, ...rest } = init;
      const request = new Request(url, rest);
      this.#arrived(request.clone());
      return BEHAVIOURS[behaviour]?.(request);
    };
  }

  async seen() {
    const { url, method, redirect, ...request } = await describe(await this.#request);
    return { url, method, redirect, ...request };
  }

  fetchSignalAborted() {
    return this.#signal?.aborted === true;
  }
}

export class CountingSignal extends EventTarget {
  listeners = 0;
  aborted = false;
  reason = "";

  /** @param {Parameters<EventTarget["addEventListener"]>} args */
  addEventListener(...args) {
    this.listeners += 1;
    super.addEventListener(...args);
  }

  /** @param {Parameters<EventTarget["removeEventListener"]>} args */
  removeEventListener(...args) {
    this.listeners -= 1;
    super.removeEventListener(...args);
  }

  /** @param {string} reason */
  abort(reason) {
    this.aborted = true;
    this.reason = reason;
    this.dispatchEvent(new Event("abort"));
  }
}

/** @param {Request} request */
async function describe(request) {
  const { url, method, redirect } = request;
  return { url, method, redirect, fields: Object.fromEntries(await request.formData()) };
}

/** @type {Record<string, (request: Request) => Promise<Response>>} */
const BEHAVIOURS = {
  async deleteAllButLast(request) {
    const { fields } = await describe(request);
    const tokens = String(fields.face_tokens).split(",");
    return Response.json({
      request_id: "1,a",
      time_used: 1,
      group_id: fields.group_id,
      face_removed: tokens.length - 1,
      face_count: 0,
      failure_detail: [{ face_token: tokens.at(-1), reason: "FACE_NOT_IN_GROUP" }],
    });
  },
  neverAnswer: () => new Promise(() => {}),
  stopInBody: async () =>
    new Response(new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("{")) })),
  endlessBody: async () =>
    new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 20).fill(32)) })),
};

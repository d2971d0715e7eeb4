// For the pages of fixtures: deletes through the proxy, and leaves what it claims where the runner looks for it.

import { erase } from "./erase.mjs";

export function eraseOnPage(FaceSearchClient) {
  const proxyUrl = new URLSearchParams(location.search).get("proxy") ?? "/faces";
  erase(new FaceSearchClient({ proxyUrl })).then(
    (claims) => {
      globalThis.claims = claims;
    },
    (error) => {
      globalThis.claims = `failed: ${error.stack}`;
    },
  );
}

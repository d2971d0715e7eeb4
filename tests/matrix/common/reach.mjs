// What a client claims of servers that cannot be reached, or break off: one attempt at each, and a list of tokens.

export async function reach(FaceSearchClient, places) {
  const credentials = { apiKey: "k", apiSecret: "s" };
  const said = {};
  // All at once, since some are slow.
  await Promise.all(
    Object.entries(places).map(async ([name, { url, calls, timeout }]) => {
      const events = [];
      const hooks = { onAttempt: (event) => events.push(event) };
      const client = new FaceSearchClient({ ...credentials, baseUrl: url, timeout, maxRetries: 0, hooks });
      for (let call = 0; call < calls; call++) {
        const error = await client.deleteFaces({ groupId: "one", faceTokens: ["a1"] }).catch((error) => error);
        // Until then the connection may not be free to be used again.
        await new Promise((resolve) => setTimeout(resolve, 100));
        const { cause, interrupted } = events.at(-1) ?? {};
        said[name] = { claim: `${error.code} ${error.delivery}`, message: error.message, interrupted, cause };
      }
    }),
  );
  return said;
}

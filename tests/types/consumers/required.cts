// The same by `require`.

import facesearch = require("finauth-facesearch");
import emulator = require("finauth-facesearch/emulator");
import proxy = require("finauth-facesearch/proxy/node");
import slim = require("finauth-facesearch/slim");

slim.provideModule({});
const { apiKey, apiSecret } = emulator.createEmulator();
const client: facesearch.FaceSearchClient = new facesearch.FaceSearchClient({ apiKey, apiSecret });
export const count: Promise<number> = client.getFaceCount({ groupId: "g" }).then(({ faceCount }) => faceCount);
export const listener = proxy.toNodeListener(
  proxy.createProxyHandler({ authorize: () => true, allow: { groups: "*" } }),
);

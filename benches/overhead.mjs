// @ts-check
// What a client costs by itself: one call of 1000 tokens, over a transport that takes the request's bytes, as any transport
// has to, and answers at once.

import { DeleteFacesCommand, RekognitionClient } from "@aws-sdk/client-rekognition";
import ky from "ky";
import { createFetch } from "ofetch";
import OpenAI from "openai";
import Stripe from "stripe";
import { FaceSearchClient } from "../pkg/node.js";
import * as byHand from "./lib/by-hand.mjs";
import { compare } from "./lib/compare.mjs";
import { answer, tokens } from "./lib/tokens.mjs";

const faceTokens = tokens(1000);
const url = "https://stub.example/search/group/delete";
const body = answer(1000);

/** @param {any} sent */
async function bytesOf(sent) {
  if (sent instanceof Uint8Array) return sent;
  return typeof sent === "string" ? Buffer.from(sent) : sent.arrayBuffer();
}

const fetch = /** @type {any} */ (
  async (/** @type {any} */ request, /** @type {any} */ init) => {
    if (request instanceof Request) await request.arrayBuffer();
    else await bytesOf(init.body instanceof FormData ? new Response(init.body) : init.body);
    return new Response(body, { status: 200, headers: { "content-type": "application/json" } });
  }
);

const ours = new FaceSearchClient({ apiKey: "key", apiSecret: "secret", fetch });
const $fetch = createFetch({ fetch });
const call = { group_id: "staff", face_tokens: faceTokens };
const stripe = new Stripe("sk_test_1", { httpClient: Stripe.createFetchHttpClient(fetch), telemetry: false });
const openai = new OpenAI({ apiKey: "key", fetch, baseURL: "https://stub.example" });
const withKy = ky.create({ fetch });
const rekognition = new RekognitionClient({
  region: "eu-west-1",
  credentials: { accessKeyId: "key", secretAccessKey: "secret" },
  requestHandler: /** @type {any} */ ({
    handle: async (/** @type {any} */ request) => {
      await bytesOf(request.body);
      const { body } = new Response('{"DeletedFaces":[],"UnsuccessfulFaceDeletions":[]}');
      return { response: { statusCode: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body } };
    },
  }),
});

export default () =>
  compare(
    {
      "finauth-facesearch": () => ours.deleteFaces({ groupId: "staff", faceTokens }),
      "ofetch, FormData as this API wants it": () =>
        $fetch(url, { method: "POST", body: byHand.form(byHand.sign("key", "secret"), faceTokens) }),
      "ofetch, JSON": () => $fetch(url, { method: "POST", body: call }),
      "stripe, form": () => stripe.rawRequest("POST", "/v1/search/group/delete", call),
      "openai, JSON": () => openai.post("/search/group/delete", { body: call }),
      "ky, JSON": () => withKy.post(url, { json: call }).json(),
      "Rekognition DeleteFaces": () =>
        rekognition.send(new DeleteFacesCommand({ CollectionId: "staff", FaceIds: faceTokens })),
    },
    { rounds: 60, calls: 20, warmUp: 400 },
  );

import express from "express";
import { FaceSearchClient, isFaceSearchError } from "finauth-facesearch";

const client = new FaceSearchClient(); // FINAUTH_API_KEY and FINAUTH_API_SECRET from the environment
const { ADMIN_TOKEN, PORT = 3000 } = process.env;
if (!ADMIN_TOKEN) throw new Error("ADMIN_TOKEN is not set, so it is not known who may delete");

/** Whose face has which token: your database. */
const people = new Map([["ann", "34dce3f2d1fc4736670b4bad58523ce8"]]);
const GONE = ["deleted", "absent", "absent-after-uncertain"];

const app = express();

app.delete("/people/:name", async (request, response) => {
  if (request.get("authorization") !== `Bearer ${ADMIN_TOKEN}`) return response.sendStatus(401);
  const token = people.get(request.params.name);
  if (token === undefined) return response.sendStatus(404);
  try {
    const { outcomes } = await client.deleteFaces({ groupId: "staff", faceTokens: [token] }, { totalTimeout: 10_000 });
    // Only what is gone for certain is forgotten here, too.
    if (GONE.includes(outcomes[0].outcome)) people.delete(request.params.name);
    response.json({ outcomes });
  } catch (error) {
    if (!isFaceSearchError(error)) throw error;
    // Whether it can have had an effect matters more than what went wrong.
    response.status(502).json({ code: error.code, delivery: error.delivery, outcomes: error.outcomes });
  }
});

// For this machine only: what ends TLS stands in front of it.
app.listen(Number(PORT), "127.0.0.1", () => console.log(`http://localhost:${PORT}/`));

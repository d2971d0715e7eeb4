// The list of the bulk run: some more than two requests' worth.
export const BULK = {
  batchSize: 500,
  tokens: Array.from({ length: 1234 }, (_, index) => index.toString(16).padStart(32, "0")),
};

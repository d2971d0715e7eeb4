// @ts-check
// What the package offers, whatever the environment. index.d.ts documents it.

export { buildInfo } from "./build-info.js";
export { FaceSearchClient } from "./client.js";
export { createSign } from "./create-sign.js";
export {
  AbortError,
  ApiError,
  AuthenticationError,
  BadRequestError,
  ConfigError,
  ConnectionError,
  FaceSearchError,
  GroupNotFoundError,
  InternalError,
  isFaceSearchError,
  PermissionError,
  ProtocolError,
  SafetyError,
  ServerError,
  ThrottledError,
  TimeoutError,
  ValidationError,
} from "./errors.js";
export { createKeySigner } from "./key-signer.js";

//! Client for *Delete Face from Face Library* of the FinAuth FaceSearch API.
//!
//! The crate decides: what may be sent, how it is signed, what the body is, and what an answer proves about each face
//! token. It has no clock, no network and no randomness of its own; the caller hands them in. With the feature `js` it
//! becomes the WebAssembly module of the npm package, which carries the requests out with `fetch`.
//!
//! | to | read |
//! |---|---|
//! | sign a request, in spite of a wrong clock | [`signature`], [`clock`] |
//! | know what a token or a library name may be | [`token`] |
//! | read tokens out of text, CSV or JSON | [`token_reader`] |
//! | sort out a list of tokens, of any length | [`selection`] |
//! | build the request, read the answer | [`delete_faces`], [`face_count`] |
//! | see how an exchange with the server is judged | [`exchange`], [`answer`], [`replay`], [`error`]; `codes.rs` |
//! | go through a proxy that holds the secret, or be one | [`proxy`] |
//! | know what became of each token, and delete any number of them | [`deletion`], which has an example |
//!
//! # Example
//!
//! ```
//! use finauth_facesearch::answer::{Content, Response};
//! use finauth_facesearch::delete_faces::DeleteFaces;
//! use finauth_facesearch::deletion::{Outcome, settle};
//! use finauth_facesearch::exchange::{Exchange, Transport};
//! use finauth_facesearch::multipart::Boundary;
//! use finauth_facesearch::signature::{Nonce, Signer, Validity};
//! use finauth_facesearch::selection::Selection;
//! use finauth_facesearch::token::GroupId;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let group = GroupId::parse("staff-emea")?;
//! let selection = Selection::of(["34dce3f2d1fc4736670b4bad58523ce8"])?;
//! let request = DeleteFaces::new(&group, selection.batch());
//!
//! let signer = Signer::new("api-key", b"api-secret".to_vec())?;
//! let sign = signer.sign(Validity::new(1_769_740_387, 100), &Nonce::parse("0799687066")?);
//! let body = request.body(&sign, &Boundary::from_random([7; 16]))?;
//! assert!(body.starts_with(b"--"));
//!
//! // Send `body` with any HTTP client, then hand in what came back.
//! let answer = br#"{"request_id":"1,a","time_used":9,"group_id":"staff-emea","face_removed":1,"face_count":0,"failure_detail":[]}"#;
//! let response = Response::new(200, Content::parse(answer));
//! let verdict = request.judge(Exchange::Answered(response), Transport::TransmitsOnce);
//! assert_eq!(settle(&selection, &verdict, Transport::TransmitsOnce)[0].finding.outcome, Outcome::Deleted);
//! # Ok(())
//! # }
//! ```

pub mod answer;
pub mod clock;
mod codes;
pub mod connection;
pub mod delete_faces;
pub mod deletion;
pub mod error;
mod exceptions;
pub mod exchange;
pub mod face_count;
pub mod multipart;
mod packed;
pub mod proxy;
pub mod receipt;
pub mod replay;
pub mod selection;
pub mod signature;
mod splitmix;
mod text;
pub mod token;
mod token_hash;
pub mod token_reader;
mod token_set;
mod token_store;
pub mod wiped;

#[cfg(feature = "js")]
#[doc(hidden)]
pub mod js;

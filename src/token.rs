//! What a face token and a library's identifier may be, and which tokens one call sends.
//!
//! The documentation shows tokens of 32 hex digits and promises nothing. So a token is opaque text here; refused is only
//! what cannot be one token on the wire, what can only be a damaged copy of one, and one word that would be a disaster.

use core::fmt;

use crate::error::InvalidArgument;
use crate::token_set::{Insertion, TokenSet};

/// The most tokens that one call may carry.
pub const MOST_TOKENS: usize = 1000;

/// A face token that may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FaceToken<'a>(&'a str);

impl<'a> FaceToken<'a> {
    /// The longest token that is taken, in bytes. (The documented ones have 32.)
    pub const LONGEST: usize = 255;

    /// Checks the rules.
    pub fn parse(text: &'a str) -> Result<Self, TokenFault> {
        if text.is_empty() {
            return Err(TokenFault::Empty);
        }
        if text.len() > Self::LONGEST {
            return Err(TokenFault::TooLong);
        }
        text.chars().try_for_each(legal)?;
        if text.eq_ignore_ascii_case("RemoveAllFaceTokens") {
            return Err(TokenFault::RemovesAll);
        }
        Ok(Self(text))
    }

    /// The token's text.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

fn legal(character: char) -> Result<(), TokenFault> {
    match character {
        ',' => Err(TokenFault::Comma),
        '\u{FFFD}' => Err(TokenFault::Damaged),
        '\u{AD}'
        | '\u{180E}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' => Err(TokenFault::Invisible),
        _ if character.is_ascii_graphic() => Ok(()),
        _ if character.is_whitespace() => Err(TokenFault::WhiteSpace),
        _ if character.is_control() => Err(TokenFault::Control),
        _ => Ok(()),
    }
}

/// Why some text is not a face token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// It is empty.
    Empty,
    /// It is longer than [`FaceToken::LONGEST`].
    TooLong,
    /// A comma would make two tokens of it.
    Comma,
    /// White space, of any script.
    WhiteSpace,
    /// A control character.
    Control,
    /// A character without width, such as a byte order mark: what a copy from a document or a spreadsheet adds.
    Invisible,
    /// A replacement character or half of a surrogate pair: text that was decoded wrongly.
    Damaged,
    /// In a sibling API the word `RemoveAllFaceTokens` empties the whole library.
    RemovesAll,
}

impl TokenFault {
    /// Continues the sentence that starts with the argument's name.
    #[must_use]
    pub const fn problem(self) -> &'static str {
        match self {
            Self::Empty => "must not be empty",
            Self::TooLong => "must not be longer than 255 bytes",
            Self::Comma => "must not contain a comma: it would become two tokens",
            Self::WhiteSpace => "must not contain white space",
            Self::Control => "must not contain a control character",
            Self::Invisible => "must not contain an invisible character, such as a byte order mark",
            Self::Damaged => "must be well-formed text: it holds a replacement character or a lone surrogate",
            Self::RemovesAll => "must not be RemoveAllFaceTokens: it could empty the whole library",
        }
    }
}

impl fmt::Display for TokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.problem())
    }
}

impl core::error::Error for TokenFault {}

/// The identifier of a face library: 1 to 48 bytes of ASCII letters, digits and `-%@#&_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupId(String);

impl GroupId {
    const LONGEST: usize = 48;

    /// Checks the rule.
    pub fn parse(text: &str) -> Result<Self, InvalidArgument> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-%@#&_".contains(&byte);
        if (1..=Self::LONGEST).contains(&text.len()) && text.bytes().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidArgument::new(
                "groupId",
                "must be 1 to 48 ASCII letters, digits or any of - % @ # & _",
            ))
        }
    }

    /// The identifier's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Distinct tokens that go out in one call: a range of a [`Selection`]'s.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    tokens: &'a TokenSet,
    start: usize,
    end: usize,
}

impl<'a> Batch<'a> {
    /// How many tokens there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.end - self.start
    }

    /// Where in the batch a token stands.
    #[must_use]
    pub fn position(&self, token: &str) -> Option<usize> {
        let position = self.tokens.position(token)?;
        (self.start..self.end)
            .contains(&position)
            .then_some(position - self.start)
    }

    /// The tokens, joined by commas, as they go over the wire.
    #[must_use]
    pub fn joined(&self) -> &'a str {
        self.tokens.joined(self.start, self.end)
    }
}

/// What was asked for, sorted out: the distinct tokens to send, and for each position of the input where it went.
#[derive(Debug, Default)]
pub struct Selection {
    tokens: TokenSet,
    places: Vec<Place>,
    /// For each distinct token, the position of its first appearance in the input.
    first_index: Vec<usize>,
}

/// Where a position of the input went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is the distinct token at this position.
    Distinct(usize),
    /// The same token stood earlier in the input, at this index.
    DuplicateOf(usize),
    /// It is not a token, and never goes out.
    Invalid(TokenFault),
}

impl Selection {
    /// Sorts out the tokens of one call. The first bad token, or a count outside 1 to 1000, refuses them all.
    pub fn of<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidArgument> {
        let mut selection = Self::default();
        for (index, text) in tokens.into_iter().enumerate() {
            selection.push(text).map_err(|fault| {
                let path = ["faceTokens[", &index.to_string(), "]"].concat();
                InvalidArgument::new(path, fault.problem())
            })?;
            if selection.count() > MOST_TOKENS {
                return Err(wrong_count());
            }
        }
        if selection.count() == 0 {
            return Err(wrong_count());
        }
        Ok(selection)
    }

    /// Adds what stands next in the input. What is not a token keeps its place, and is never sent.
    pub fn push(&mut self, text: &str) -> Result<(), TokenFault> {
        let index = self.places.len();
        let sorted = FaceToken::parse(text).map(|token| match self.tokens.insert(token) {
            Insertion::New(position) => {
                self.first_index.push(index);
                Place::Distinct(position)
            }
            Insertion::Known(position) => Place::DuplicateOf(self.index_of(position).unwrap_or(index)),
        });
        self.places.push(sorted.unwrap_or_else(Place::Invalid));
        sorted.map(|_| ())
    }

    /// Only some of the distinct tokens, in this order. They keep their positions in the input.
    #[must_use]
    pub fn subset(&self, positions: impl IntoIterator<Item = usize>) -> Self {
        let mut subset = Self::default();
        for position in positions {
            let token = self.token(position).and_then(|text| FaceToken::parse(text).ok());
            if let (Some(token), Some(index)) = (token, self.index_of(position)) {
                subset.tokens.insert(token);
                subset.first_index.push(index);
            }
        }
        subset
    }

    /// How many distinct tokens there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.tokens.len()
    }

    /// The distinct token at a position.
    #[must_use]
    pub fn token(&self, position: usize) -> Option<&str> {
        self.tokens.token(position)
    }

    /// All distinct tokens.
    #[must_use]
    pub fn batch(&self) -> Batch<'_> {
        self.batch_of(0, self.count())
    }

    /// The distinct tokens from `start` to before `end`.
    #[must_use]
    pub fn batch_of(&self, start: usize, end: usize) -> Batch<'_> {
        let end = end.min(self.count());
        Batch {
            tokens: &self.tokens,
            start: start.min(end),
            end,
        }
    }

    /// The position in the input of the distinct token at `position`.
    #[must_use]
    pub fn index_of(&self, position: usize) -> Option<usize> {
        self.first_index.get(position).copied()
    }

    /// For each position of the input, where it went.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }
}

fn wrong_count() -> InvalidArgument {
    InvalidArgument::new("faceTokens", "must hold 1 to 1000 different tokens")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_any_text_without_separators() {
        for good in [
            "34dce3f2d1fc4736670b4bad58523ce8",
            "a",
            "é",
            "面",
            "a\"b<c>=;:/\\'",
            &"x".repeat(255),
        ] {
            assert_eq!(FaceToken::parse(good).map(FaceToken::as_str), Ok(good));
        }
    }

    #[test]
    fn what_cannot_be_one_token_is_refused_by_name() {
        let long = "x".repeat(256);
        for (bad, fault) in [
            ("", TokenFault::Empty),
            (long.as_str(), TokenFault::TooLong),
            ("a,b", TokenFault::Comma),
            (" a", TokenFault::WhiteSpace),
            ("a\u{A0}", TokenFault::WhiteSpace),
            ("a\u{3000}b", TokenFault::WhiteSpace),
            ("a\nb", TokenFault::WhiteSpace),
            ("a\0", TokenFault::Control),
            ("a\u{7f}", TokenFault::Control),
            ("a\u{9c}", TokenFault::Control),
            ("\u{FEFF}abc", TokenFault::Invisible),
            ("abc\u{200B}", TokenFault::Invisible),
            ("a\u{FFFD}", TokenFault::Damaged),
            ("RemoveAllFaceTokens", TokenFault::RemovesAll),
            ("removeallFACETOKENS", TokenFault::RemovesAll),
        ] {
            assert_eq!(FaceToken::parse(bad), Err(fault), "{bad:?}");
        }
    }

    #[test]
    fn a_group_id_keeps_to_the_documented_alphabet() {
        for good in ["g", "YuanliStudent_01", "-%@#&_", &"x".repeat(48)] {
            assert_eq!(GroupId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a/b", "ä", "a,b", "a\r\nb", &"x".repeat(49)] {
            assert_eq!(GroupId::parse(bad).unwrap_err().path(), "groupId", "{bad:?}");
        }
    }

    #[test]
    fn a_duplicate_goes_out_once_and_names_its_first_position() {
        let selection = Selection::of(["a", "b", "a", "c", "b", "a"]).unwrap();
        assert_eq!(selection.batch().joined(), "a,b,c");
        use Place::{Distinct, DuplicateOf};
        let expected = [
            Distinct(0),
            Distinct(1),
            DuplicateOf(0),
            Distinct(2),
            DuplicateOf(1),
            DuplicateOf(0),
        ];
        assert_eq!(selection.places(), expected);
    }

    #[test]
    fn the_limit_counts_different_tokens() {
        let tokens: Vec<String> = (0..=MOST_TOKENS).map(|number| number.to_string()).collect();
        let texts = || tokens.iter().map(String::as_str);
        assert_eq!(Selection::of(texts()).unwrap_err().path(), "faceTokens");
        assert_eq!(
            Selection::of(texts().take(MOST_TOKENS)).unwrap().batch().count(),
            MOST_TOKENS
        );
        assert!(Selection::of(texts().take(MOST_TOKENS).chain(texts().take(5))).is_ok());
        assert_eq!(Selection::of([]).unwrap_err().path(), "faceTokens");
    }

    #[test]
    fn a_bad_token_is_named_by_its_position() {
        assert_eq!(
            Selection::of(["a", "b", "c,d"]).unwrap_err().to_string(),
            "faceTokens[2] must not contain a comma: it would become two tokens"
        );
    }
}

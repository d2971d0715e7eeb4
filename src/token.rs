//! What a face token and a library's identifier may be.
//!
//! The documentation shows tokens of 32 hex digits and promises nothing. So a token is opaque text here; refused is only
//! what cannot be one token on the wire, what can only be a damaged copy of one, and one word that would be a disaster.

use core::fmt;

use crate::error::InvalidArgument;

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
        // In any letters that some server may take for these.
        if (19..24).contains(&text.len()) && text.chars().map(lower_case).eq("removeallfacetokens".chars()) {
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

/// Of ASCII, and of what Unicode takes for the same letters.
const fn lower_case(character: char) -> char {
    match character {
        '\u{17F}' => 's',
        '\u{212A}' => 'k',
        _ => character.to_ascii_lowercase(),
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
    /// All of them, each at its position.
    pub const ALL: [Self; 8] = [
        Self::Empty,
        Self::TooLong,
        Self::Comma,
        Self::WhiteSpace,
        Self::Control,
        Self::Invisible,
        Self::Damaged,
        Self::RemovesAll,
    ];

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
            ("RemoveAllFaceTo\u{212A}en\u{17F}", TokenFault::RemovesAll),
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
}

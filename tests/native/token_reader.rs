//! Reading tokens: any split into pieces gives the same, each format gives the same, and other parsers agree.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use finauth_facesearch::selection::{ExceptionKind, Selection};
use finauth_facesearch::token::TokenFault;
use finauth_facesearch::token_reader::{Column, Format, ReadError, TokenReader, Unreadable};
use proptest::prelude::*;
use serde_json::Value;

type Candidates = Vec<(Vec<u8>, u64)>;

fn read_pieces<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    format: Option<Format>,
    column: Option<Column>,
) -> Result<(Candidates, Option<Format>), ReadError> {
    let mut candidates = Vec::new();
    let mut reader = TokenReader::new(format, column);
    let mut sink = |bytes: &[u8], line| candidates.push((bytes.to_vec(), line));
    for piece in pieces {
        reader.push(piece, &mut sink)?;
    }
    reader.finish(&mut sink)?;
    Ok((candidates, reader.format()))
}

fn read(input: &[u8]) -> Result<(Candidates, Option<Format>), ReadError> {
    read_pieces([input], None, None)
}

/// The candidates as text, with their lines.
fn lines(input: &str) -> Vec<(String, u64)> {
    let (candidates, _) = read(input.as_bytes()).unwrap();
    candidates
        .into_iter()
        .map(|(bytes, line)| (String::from_utf8(bytes).unwrap(), line))
        .collect()
}

fn texts(input: &str) -> Vec<String> {
    strings(read(input.as_bytes()).unwrap().0)
}

fn strings(candidates: Candidates) -> Vec<String> {
    candidates
        .into_iter()
        .map(|(bytes, _)| String::from_utf8(bytes).unwrap())
        .collect()
}

fn wrong(input: &[u8]) -> Unreadable {
    read(input).unwrap_err().kind
}

#[test]
fn text_is_a_token_a_line_or_several_with_separators_and_comments() {
    let input = "\u{FEFF}# exported today\r\na1\r\n\r\n b2 , c3;d4\te5\r# no, more\rf6\n\"g7\"\n'h8'\nlast";
    let expected = [
        ("a1", 2),
        ("b2", 4),
        ("c3", 4),
        ("d4", 4),
        ("e5", 4),
        ("f6", 6),
        ("g7", 7),
        ("h8", 8),
        ("last", 9),
    ];
    assert_eq!(lines(input), expected.map(|(text, line)| (text.to_owned(), line)));
    assert_eq!(texts(""), [""; 0]);
    assert_eq!(texts("a#b\n#c\n"), ["a#b"]);
    assert_eq!(texts("a1 # Ann left\nb2\t#\n c3 #d, e\n"), ["a1", "b2", "c3"]);
    assert_eq!(texts("a1,#b2 '#c3'"), ["a1", "#b2", "#c3"]);
    assert_eq!(texts("\"a1\" \"b2"), ["a1", "\"b2"]);
}

#[test]
fn a_list_may_be_wrapped_and_a_table_is_none_wherever_it_stands() {
    for (list, count) in [
        ("a1, b2, c3", 3),
        ("a1, b2,\nc3, d4", 4),
        ("a1; b2;\r\n\r\nc3; d4;\r\ne5", 5),
        ("a1,\nb2,\n", 2),
        ("a1\n# these, too\nb2, c3\nd4 # gone, long ago\n", 4),
        ("a1, # Ann left, then came back\nb2, # Bob, too\n", 2),
        ("a1 b2\nc3 d4\n", 4),
    ] {
        assert_eq!(texts(list).len(), count, "{list:?}");
    }
    let comments = "# as it came\n".repeat(400);
    for table in [
        "name,photo\n\"Miller, Ann\",34dce3\nBob,7f2c1b\n\"Lee, Cid\",99aa00\n",
        "Ann,34dce3\nBob,7f2c1b,vip\nCid,99aa00",
        "name;photo;note\nAnn;34dce3",
        "Ann\t34dce3\n\n7f2c1b\tBob",
        "Ann,34dce3,\nBob,7f2c1b,\n",
        "a1, b2,\nc3, d4\ne5, f6",
        ",34dce3f2d1fc4736670b4bad58523ce8\n,34dce3f2d1fc4736670b4bad58523ce9\n",
        "\"Miller, Ann\"\n\"Lee, Cid\"",
        "face_token\na1\n",
        "'Face-Tokens'\na1\n",
    ] {
        let kind = wrong(format!("{comments}{table}").as_bytes());
        assert_eq!(kind, Unreadable::Table, "{table:?}");
        let plain = format!("a1\n{table}");
        assert_eq!(wrong(plain.as_bytes()), Unreadable::Table, "{table:?}");
        let said = read_pieces([plain.as_bytes()], Some(Format::Text), None);
        assert!(said.is_ok(), "{table:?}");
    }
}

#[test]
fn a_table_of_a_spreadsheet_gives_its_column() {
    let excel = "\u{FEFF}sep=;\r\nName;Face Token;Added\r\n\"Doe; Jane\";\"a1\";1\r\n\"say \"\"hi\"\"\r\nthere\";b2;2\r\n;;\r\nshort\r\n\r\nx; c3 ;3";
    let expected = [("a1", 3), ("b2", 4), ("", 6), ("", 7), ("c3", 9)];
    assert_eq!(lines(excel), expected.map(|(text, line)| (text.to_owned(), line)));
    assert_eq!(texts("face_token\na1\nb2\n"), ["a1", "b2"]);
    assert_eq!(texts("id,face_token\n1,a1\n2,b2"), ["a1", "b2"]);
    assert_eq!(texts("id\tFACE-TOKEN\n1\ta1"), ["a1"]);
    // What goes on behind a closing quote must not become another token.
    assert_eq!(texts("face_token,x\n\"a\"b,1\n"), ["a\0b"]);
}

#[test]
fn a_column_can_be_chosen_by_name_or_number() {
    let table = b"person,old,new\n1,a1,b1\n2,a2,b2\n";
    let chosen = |column| read_pieces([&table[..]], None, Some(column)).map(|(candidates, _)| candidates);
    let name = |name: &str| Column::Name(name.to_owned());
    assert_eq!(chosen(name("NEW")).unwrap(), [(b"b1".to_vec(), 2), (b"b2".to_vec(), 3)]);
    assert_eq!(chosen(Column::Number(1)).unwrap()[0].0, b"a1");
    let error = chosen(name("face")).unwrap_err();
    assert_eq!(
        (error.kind, error.columns.join(" ")),
        (Unreadable::NoColumn, "person old new".to_owned())
    );
    assert_eq!(error.problem(), "has no such column; there are: person, old, new");
    assert_eq!(wrong(b"face_token,Face Token\na,b\n"), Unreadable::ManyColumns);
    // What is no header is people's data.
    let rows = b"34dce3f2d1fc4736670b4bad58523ce8,Ann Example\n7f2c1b,Bob\n";
    let error = read_pieces([&rows[..]], None, Some(name("face_token"))).unwrap_err();
    assert_eq!(error.problem(), "has no such column; its first line is no header");
    assert_eq!(chosen(Column::Number(3)).unwrap_err().kind, Unreadable::NoColumn);
}

#[test]
fn json_gives_the_strings_where_tokens_are_to_be() {
    for (json, expected) in [
        (r#"["a1","b2"]"#, vec!["a1", "b2"]),
        (
            r#" [ { "face_token" : "a1", "user": {"face_token": "no"} } , "b2" ] "#,
            vec!["a1", "b2"],
        ),
        (r#"{"face_tokens":["a1","b2"],"other":["no"]}"#, vec!["a1", "b2"]),
        ("{\"face_token\":\"a1\"}\n{\"faceToken\":\"b2\"}\n", vec!["a1", "b2"]),
        ("{\"face_token\":\"a1\"}\n\"b2\"", vec!["a1", "b2"]),
        (r#"["\u0061\u0031","\ud83d\ude00","\"\\\/"]"#, vec!["a1", "😀", "\"\\/"]),
        // Half of a pair is damage, which is no token.
        (r#"["\ud83dx","\ude00"]"#, vec!["\u{FFFD}x", "\u{FFFD}"]),
        // Nothing is lost: what stands there is reported, as what it is not.
        (
            r#"["a1", 1, null, ["no"], {"x":1}, {"face_token":{"y":[2]}}]"#,
            vec!["a1", "", "", "", "", ""],
        ),
    ] {
        assert_eq!(texts(json), expected, "{json}");
    }
    let named = read_pieces(
        [&br#"[{"id":"a1"},{"ID":"b2"}]"#[..]],
        Some(Format::Json),
        Some(Column::Name("id".into())),
    );
    assert_eq!(named.unwrap().0.len(), 2);
}

#[test]
fn json_is_one_value_or_several_as_it_turns_out() {
    for (json, said, format) in [
        ("[\"a1\",\"b2\"]", None, Format::Json),
        ("{\"face_tokens\":[\"a1\",\"b2\"]}\n", None, Format::Json),
        ("[\"a1\"]\n[\"b2\"]", None, Format::JsonLines),
        (
            "{\"face_token\":\"a1\"}\n{\"face_token\":\"b2\"}",
            None,
            Format::JsonLines,
        ),
        ("\"a\\u0031\"\n\"b2\"", None, Format::JsonLines),
        ("[\"a1\",\"b2\"]", Some(Format::JsonLines), Format::JsonLines),
        ("\"a1\"\n\"b2\"", None, Format::Text),
    ] {
        let (candidates, told) = read_pieces([json.as_bytes()], said, None).unwrap();
        assert_eq!(
            (strings(candidates), told),
            (vec!["a1".to_owned(), "b2".to_owned()], Some(format)),
            "{json}"
        );
    }
    let two = read_pieces([&b"[\"a1\"]\n[\"b2\"]"[..]], Some(Format::Json), None);
    assert_eq!(two.unwrap_err().kind, Unreadable::Json);
}

#[test]
fn a_column_that_cannot_be_there_is_refused() {
    let column = || Some(Column::Number(5));
    let json = read_pieces([&b"[\"a1\"]"[..]], None, column()).unwrap_err();
    assert_eq!((json.kind, json.code()), (Unreadable::NoNumber, "NO_SUCH_MEMBER"));
    let text = read_pieces([&b"a1"[..]], Some(Format::Text), column()).unwrap_err();
    assert_eq!(text.kind, Unreadable::NoColumn);
}

#[test]
fn what_was_cut_is_too_long_whatever_is_where_it_was_cut() {
    let euros = "€".repeat(700);
    let blanks = format!("a1{}b", " ".repeat(2000));
    for input in [
        euros.clone(),
        format!("'{euros}'"),
        format!("[\"{euros}\"]"),
        format!("face_token,x\n{euros},1"),
        format!("face_token\n{blanks}"),
        format!("face_token\n{}a1", " ".repeat(2000)),
    ] {
        let (entries, _) = selected([input.as_bytes()], None).unwrap();
        let kinds: Vec<_> = entries.exceptions().map(|at| at.kind).collect();
        assert_eq!(kinds, [ExceptionKind::Invalid(TokenFault::TooLong)], "{}", &input[..20]);
        assert_eq!(entries.total(), 1);
    }
}

#[test]
fn json_in_which_no_object_has_the_member_is_another_list() {
    for json in [
        "[{\"token\":\"a1\"},{\"token\":\"b2\"}]",
        "{\"token\":\"a1\"}\n{\"token\":\"b2\"}\n",
        "{\"faces\":[{\"face_token\":\"a1\"}]}",
        "{\"deleted\": [\"no\"]}",
        "[{}]",
    ] {
        assert_eq!(wrong(json.as_bytes()), Unreadable::NoMember, "{json}");
    }
}

#[test]
fn what_is_too_long_to_be_kept_is_no_name_and_no_token() {
    let blanks = " ".repeat(1100);
    let json = format!("[{{\"face_token{blanks}of_another\":\"a1\"}}]");
    assert_eq!(wrong(json.as_bytes()), Unreadable::NoMember);
    let table = format!("id,face_token{blanks}of another\n1,a1\n");
    let read = read_pieces([table.as_bytes()], Some(Format::Csv), None);
    assert_eq!(read.unwrap_err().kind, Unreadable::NoColumn);
    let cell = read_pieces([format!("id,face_token\n1,a1{blanks}b2\n").as_bytes()], None, None);
    assert!(cell.unwrap().0[0].0.len() > 255);
}

#[test]
fn what_is_not_json_is_refused_with_its_line() {
    for bad in [
        "[",
        "[\"a\"",
        "[\"a\",]",
        "[\"a\" \"b\"]",
        "[1 2]",
        "{\"face_token\"}",
        "[\"a\\x\"]",
        "[\"a\nb\"]",
        "[\"\\u12g4\"]",
        "[tru]",
        "[01]",
        "[1.]",
        "[\"a\"] x",
        "[\"a\"]]",
        "{\"a\":1,}",
        "{,}",
        "[-]",
    ] {
        assert_eq!(wrong(bad.as_bytes()), Unreadable::Json, "{bad}");
    }
    let error = read(b"[\"a\",\n\"b\"\n\n\"c\"]").unwrap_err();
    assert_eq!((error.line, error.problem()), (4, "is not JSON, on line 4".to_owned()));
    assert_eq!(wrong("[".repeat(70).as_bytes()), Unreadable::Depth);
}

#[test]
fn what_is_no_list_of_tokens_is_refused_by_name() {
    let utf_16 = |text: &str, order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    for (input, kind) in [
        (utf_16("\u{FEFF}a1\r\n", u16::to_le_bytes), Unreadable::Utf16),
        (utf_16("\u{FEFF}a1\r\n", u16::to_be_bytes), Unreadable::Utf16),
        (utf_16("a1\r\n", u16::to_le_bytes), Unreadable::Utf16),
        (b"PK\x03\x04rest of a workbook".to_vec(), Unreadable::Binary),
        (b"\x1f\x8b\x08gz".to_vec(), Unreadable::Binary),
        (b"%PDF-1.7".to_vec(), Unreadable::Binary),
        (include_bytes!("../fixtures/page.csv").to_vec(), Unreadable::Markup),
        (b"user,photo\nbob,1\nann,2\n".to_vec(), Unreadable::Table),
        (
            b"Export of today\nface_token,name\na1,Ann\n".to_vec(),
            Unreadable::Table,
        ),
        (b"# export\nface_token,name\na1,Ann\n".to_vec(), Unreadable::Table),
        (b"Export\nid;user\n7;ann\n".to_vec(), Unreadable::Table),
        (b"name face_token\nAnn a1\n".to_vec(), Unreadable::Table),
        (b"name|face_token\nAnn|a1\n".to_vec(), Unreadable::Table),
        (b"| face_token |\n| a1 |\n".to_vec(), Unreadable::Table),
        (b"+----+\n| id |\n".to_vec(), Unreadable::Table),
        (b"face_token,x\n\"a,1\n".to_vec(), Unreadable::Quote),
    ] {
        assert_eq!(wrong(&input), kind, "{input:?}");
        // Neither does it help to call it something else.
        if matches!(kind, Unreadable::Utf16 | Unreadable::Binary | Unreadable::Markup) {
            let said = read_pieces([&input[..]], Some(Format::Csv), None);
            assert_eq!(said.unwrap_err().kind, kind);
        }
    }
    let said = read_pieces([&b"a,b\nc,d\n"[..]], Some(Format::Text), None).unwrap();
    assert_eq!(said.0.len(), 4);
}

#[test]
fn a_line_of_ten_megabytes_is_one_candidate_that_is_too_long() {
    let mut input = b"a1\n".to_vec();
    input.extend(std::iter::repeat_n(b'x', 10 << 20));
    input.extend(b"\nb2\n");
    let (candidates, _) = read_pieces(input.chunks(65_536), None, None).unwrap();
    assert_eq!(candidates.len(), 3);
    assert!((256..70_000).contains(&candidates[1].0.len()));
    assert_eq!(candidates[2], (b"b2".to_vec(), 3));
}

/// What is read, sorted out.
fn selected<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    format: Option<Format>,
) -> Result<(Selection, Option<Format>), ReadError> {
    let (candidates, format) = read_pieces(pieces, format, None)?;
    let mut selection = Selection::default();
    for (bytes, line) in candidates {
        selection.push_bytes(&bytes, line);
    }
    Ok((selection, format))
}

/// Pieces of a cut input, at any places.
fn cut<'a>(input: &'a [u8], places: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = places.iter().map(|place| place.index(input.len() + 1)).collect();
    at.extend([0, input.len()]);
    at.sort_unstable();
    at.windows(2).map(|ends| &input[ends[0]..ends[1]]).collect()
}

/// What may be any format, or nearly.
fn inputs() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("face_token"),
        Just("\u{FEFF}"),
        Just(","),
        Just(";"),
        Just("\n"),
        Just("\r\n"),
        Just("\r"),
        Just("\""),
        Just("\"\""),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just(":"),
        Just("\\u00e9"),
        Just("\\ud83d"),
        Just("\\"),
        Just("a1"),
        Just("34dce3f2d1fc4736670b4bad58523ce8"),
        Just("é面😀"),
        Just("#"),
        Just(" "),
        Just("null"),
        Just("1.5e3"),
        Just("sep=;"),
        Just("\"face_token\":"),
    ];
    let jumble = prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![3 => jumble, 1 => prop::collection::vec(any::<u8>(), 0..80)]
}

fn tokens() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop_oneof!["[0-9a-f]{32}", "[a-zé]{1,12}", "x{250,300}"], 1..150)
}

/// JSON of any shape, with the member here and there.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[0-9a-f\"\\\\é😀]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let name = prop_oneof![3 => Just("face_token"), 1 => Just("Face-Tokens"), 2 => Just("token"), 1 => Just("")];
        let members = prop::collection::vec((name.prop_map(str::to_owned), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Value::from),
            members.prop_map(|members| members.into_iter().collect::<Value>()),
        ]
    })
}

/// What stands in a parsed value where tokens are to be, or nothing if it is a list of objects of another kind.
fn tokens_in(top: &Value) -> Option<Vec<String>> {
    #[derive(Default)]
    struct Found {
        tokens: Vec<String>,
        any: bool,
        missed: bool,
    }
    fn look(value: &Value, outer: Option<&Value>, found: &mut Found) {
        match (value, outer) {
            (Value::String(token), _) => {
                found.any = true;
                found.tokens.push(token.clone());
            }
            (Value::Array(list), None | Some(Value::Object(_))) => {
                for element in list {
                    look(element, Some(value), found);
                }
            }
            (Value::Object(members), None | Some(Value::Array(_))) => {
                let named = |name: &str| matches!(name, "face_token" | "Face-Tokens");
                let mut hit = false;
                for (_, member) in members.iter().filter(|(name, _)| named(name)) {
                    hit = true;
                    look(member, Some(value), found);
                }
                found.any |= hit;
                if !hit {
                    found.missed = true;
                    found.tokens.push(String::new());
                }
            }
            _ => found.tokens.push(String::new()),
        }
    }
    let mut found = Found::default();
    look(top, None, &mut found);
    (found.any || !found.missed).then_some(found.tokens)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4 * ProptestConfig::default().cases))]

    #[test]
    fn any_split_gives_the_same_as_the_whole(
        input in inputs(),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        format in prop::option::of(prop_oneof![
            Just(Format::Text), Just(Format::Csv), Just(Format::Json), Just(Format::JsonLines)
        ]),
    ) {
        let whole = read_pieces([&input[..]], format, None);
        prop_assert_eq!(read_pieces(cut(&input, &places), format, None), whole.clone());
        prop_assert_eq!(read_pieces(input.chunks(1), format, None), whole);
    }

    #[test]
    fn a_fingerprint_is_that_of_the_entries_however_they_come(
        entries in prop::collection::vec(prop_oneof![
            2 => "[0-9a-f]{32}", 1 => "[a-z]{2,9}", 2 => "[x€\"\\\\]{200,3000}", 1 => Just("RemoveAllFaceTokens".to_owned())
        ], 1..12),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut array = Selection::default();
        for entry in &entries {
            array.push(entry, 0);
        }
        let json = serde_json::to_string(&entries).unwrap();
        let lines: String = entries.iter().map(|entry| format!("{}\n", serde_json::json!({ "face_token": entry }))).collect();
        let cells: String = entries.iter().map(|entry| format!("7,\"{}\"\n", entry.replace('"', "\"\""))).collect();
        // Quotes around a token are no part of it in text.
        let bare: Vec<_> = entries.iter().map(|entry| format!("'{entry}'")).collect();
        for (input, format) in [
            (bare.join("\n"), Some(Format::Text)), (bare.join(", "), Some(Format::Text)), (json, None), (lines, None),
            (format!("id,face_token\n{cells}"), None)
        ] {
            let whole = read_pieces([input.as_bytes()], format, None);
            prop_assert_eq!(&read_pieces(cut(input.as_bytes(), &places), format, None), &whole);
            let (selection, _) = selected(cut(input.as_bytes(), &places), format).unwrap();
            prop_assert_eq!(selection.fingerprint(), array.fingerprint(), "{:?}", format);
            let faults = |selection: &Selection| selection.exceptions().map(|at| (at.index, at.kind)).collect::<Vec<_>>();
            prop_assert_eq!(faults(&selection), faults(&array));
        }
    }

    #[test]
    fn json_is_what_another_parser_takes_for_json(input in inputs()) {
        let Ok(text) = String::from_utf8(input) else { return Ok(()) };
        if text.trim().is_empty() || text.starts_with('\u{FEFF}') || text.trim_start().starts_with('<') {
            return Ok(());
        }
        let ours = read_pieces([text.as_bytes()], Some(Format::Json), None);
        let theirs = serde_json::from_str::<Value>(&text);
        // serde_json refuses half of a surrogate pair, where we say which token is damaged.
        if !text.contains("\\ud8") {
            let is_json = ours.as_ref().map_or_else(|error| error.kind == Unreadable::NoMember, |_| true);
            prop_assert_eq!(is_json, theirs.is_ok(), "{:?} {:?}", ours, theirs.err());
        }
    }

    #[test]
    fn json_gives_what_stands_where_tokens_are_to_be(json in json()) {
        let text = json.to_string();
        let ours = match read_pieces([text.as_bytes()], Some(Format::Json), None) {
            Ok((candidates, _)) => Some(strings(candidates)),
            Err(error) => {
                prop_assert_eq!(error.kind, Unreadable::NoMember, "{}", text);
                None
            }
        };
        prop_assert_eq!(ours, tokens_in(&json), "{}", text);
    }

    #[test]
    fn a_column_is_what_another_parser_reads(cells in prop::collection::vec(("[a-z\",\r\n é]{0,8}", "[a-z\"; ]{0,8}"), 1..40)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["note", "face_token"]).unwrap();
        for (note, token) in &cells {
            writer.write_record([note, token]).unwrap();
        }
        let table = writer.into_inner().unwrap();
        let (candidates, format) = read(&table).unwrap();
        prop_assert_eq!(format, Some(Format::Csv));
        let theirs: Vec<_> = csv::Reader::from_reader(&table[..]).records()
            .map(|record| record.unwrap()[1].trim_matches(' ').to_owned()).collect();
        prop_assert_eq!(strings(candidates), theirs);
    }

    #[test]
    fn the_same_tokens_in_each_format_are_the_same(tokens in tokens()) {
        let json = serde_json::to_string(&tokens).unwrap();
        let objects: Vec<_> = tokens.iter().map(|token| serde_json::json!({ "n": 1, "face_token": token })).collect();
        let lines: String = objects.iter().map(|object| format!("{object}\n")).collect();
        let member = serde_json::json!({ "face_tokens": tokens }).to_string();
        let table: String = tokens.iter().map(|token| format!("7,{token},\"x\"\r\n")).collect();
        for input in [
            tokens.join("\n"),
            tokens.join(", "),
            tokens.join(";"),
            json,
            serde_json::to_string_pretty(&objects).unwrap(),
            lines,
            member,
            format!("id,face_token,note\r\n{table}"),
        ] {
            prop_assert_eq!(texts(&input), tokens.clone());
        }
    }
}

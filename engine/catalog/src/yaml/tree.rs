//! A YAML text as a tree with places. Scalars keep their text as written: `150.00` stays `150.00`, and `0755` is no
//! number, so nothing is lost between the author and the one who reads the value.

use claimflow_core::Diagnostic;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_yaml::granit_parser::{Event, Options, Parser, ScalarStyle, Span, Tag, options};

/// How deep lists and mappings may nest.
const MAX_DEPTH: usize = 64;
/// How many nodes aliases may add to a file: without them a file has no more nodes than characters.
const MAX_COPIED_NODES: usize = 500_000;
/// How much text aliases may add to a file, in bytes.
const MAX_COPIED_BYTES: usize = 16 << 20;

/// A place in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct At {
    /// Line, from 1.
    pub(crate) line: u32,
    /// Column in characters, from 1.
    pub(crate) column: u32,
    /// Characters; 0 when it spans lines.
    pub(crate) length: u32,
}

/// A node with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) at: At,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A scalar; `plain` when it stands without quotes.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// A mapping in file order, keys once each.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: At,
    pub(crate) value: Node,
    /// True when the key comes again further down, which is a fault.
    pub(crate) twice: bool,
}

impl Node {
    /// True for nothing: an empty plain scalar, `~` or `null`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// What it is, in the author's words.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Scalar { .. } if self.is_null() => "nothing",
            Value::Scalar { .. } => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a group of keys",
        }
    }

    /// Nodes, bytes of text, and depth: what it costs to write it out once more.
    fn size(&self) -> (usize, usize, usize) {
        let children: Box<dyn Iterator<Item = &Self>> = match &self.value {
            Value::Scalar { text, .. } => return (1, text.len(), 1),
            Value::List(items) => Box::new(items.iter()),
            Value::Map(entries) => Box::new(entries.iter().map(|entry| &entry.value)),
        };
        let (nodes, bytes, depth) = children
            .map(Self::size)
            .fold((1, 0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1, sum.2.max(part.2)));
        (nodes, bytes, depth + 1)
    }
}

/// Reads a text. `None` when it holds nothing, or when its syntax is broken; faults say which.
pub(crate) fn parse(path: &str, text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    let mut builder = Builder::new(path);
    let parser_options: Options = options! { emit_comments: false };
    for item in Parser::new_from_str_with_options(text, parser_options) {
        let going = match item {
            Ok((event, span)) => builder.event(event, span),
            Err(error) => {
                let mark = error.marker();
                builder.fault(
                    "Y001",
                    at(mark.line(), mark.col(), 0),
                    format!("this is not YAML: {}", error.info()),
                );
                builder.help(
                    "look at the indentation, the colons and the quotes of this line and the one above",
                );
                false
            }
        };
        if !going {
            return (None, builder.faults);
        }
    }
    (builder.root, builder.faults)
}

fn at(line: usize, column: usize, length: usize) -> At {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    At { line: number(line), column: number(column).saturating_add(1), length: number(length) }
}

fn place(span: &Span) -> At {
    let one_line = span.start.line() == span.end.line();
    let length = if one_line { span.end.col().saturating_sub(span.start.col()) } else { 0 };
    at(span.start.line(), span.start.col(), length)
}

/// A list or mapping that is not closed yet.
struct Open {
    node: Node,
    anchor: usize,
    /// The key that waits for its value; `None` inside for a key that is no key at all.
    key: Option<(Option<String>, At)>,
    /// The keys so far.
    keys: FxHashSet<String>,
}

struct Builder<'a> {
    path: &'a str,
    faults: Vec<Diagnostic>,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: FxHashMap<usize, Node>,
    /// What aliases have added so far.
    nodes: usize,
    bytes: usize,
    documents: usize,
}

impl<'a> Builder<'a> {
    fn new(path: &'a str) -> Self {
        Self {
            path,
            faults: Vec::new(),
            open: Vec::new(),
            root: None,
            anchors: FxHashMap::default(),
            nodes: 0,
            bytes: 0,
            documents: 0,
        }
    }

    fn fault(&mut self, code: &str, at: At, message: String) {
        let fault =
            Diagnostic::error(code, self.path, at.line, at.column, message).length(at.length as usize);
        self.faults.push(fault);
    }

    fn help(&mut self, help: &str) {
        if let Some(fault) = self.faults.last_mut() {
            help.clone_into(&mut fault.help);
        }
    }

    /// Takes one event; false when reading must stop.
    fn event(&mut self, event: Event<'_>, span: Span) -> bool {
        let at = place(&span);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.fault("Y006", at, "a second document begins here".to_owned());
                    self.help("one document a file: remove the `---`, or move the rest into its own file");
                    return false;
                }
                true
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tagged = self.tag(tag.as_deref(), &span);
                let plain = style == ScalarStyle::Plain && !tagged;
                self.finish(Node { value: Value::Scalar { text: text.into_owned(), plain }, at }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.tag(tag.as_deref(), &span);
                self.begin(Value::List(Vec::new()), at, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.tag(tag.as_deref(), &span);
                self.begin(Value::Map(Vec::new()), at, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.finish(open.node, open.anchor),
                None => true,
            },
            Event::Alias(anchor) => self.alias(anchor, at),
            _ => true,
        }
    }

    /// True for `!!str`, which makes a text of anything; other tags are faults.
    fn tag(&mut self, tag: Option<&Tag>, span: &Span) -> bool {
        let Some(tag) = tag else { return false };
        if tag.is_custom() {
            let at = span.tag_start.map_or_else(|| place(span), |mark| at(mark.line(), mark.col(), 0));
            self.fault("Y007", at, format!("the tag `{}` means nothing here", tag.original()));
            self.help("remove it");
        }
        tag.is_yaml_core_schema_tag("str")
    }

    fn begin(&mut self, value: Value, at: At, anchor: usize) -> bool {
        if self.open.len() >= MAX_DEPTH {
            self.fault("Y008", at, format!("this nests more than {MAX_DEPTH} levels deep"));
            return false;
        }
        self.open.push(Open { node: Node { value, at }, anchor, key: None, keys: FxHashSet::default() });
        true
    }

    /// Writes a node out once more, if the budget allows.
    fn copy(&mut self, node: &Node, at: At) -> Option<Node> {
        let (nodes, bytes, depth) = node.size();
        self.nodes += nodes;
        self.bytes += bytes;
        if self.nodes > MAX_COPIED_NODES
            || self.bytes > MAX_COPIED_BYTES
            || self.open.len() + depth > MAX_DEPTH
        {
            self.fault("Y008", at, "this repeats too much".to_owned());
            self.help("write it out where it is needed");
            return None;
        }
        Some(node.clone())
    }

    fn alias(&mut self, anchor: usize, at: At) -> bool {
        let Some(node) = self.anchors.remove(&anchor) else {
            self.fault("Y009", at, "this repeats something that it is itself part of".to_owned());
            return false;
        };
        let copy = self.copy(&node, at);
        self.anchors.insert(anchor, node);
        match copy {
            Some(copy) => self.finish(Node { at, ..copy }, 0),
            None => false,
        }
    }

    /// Puts a finished node where it belongs; false when reading must stop.
    fn finish(&mut self, node: Node, anchor: usize) -> bool {
        if anchor != 0 {
            let Some(copy) = self.copy(&node, node.at) else { return false };
            self.anchors.insert(anchor, copy);
        }
        let Some(mut open) = self.open.pop() else {
            self.root = Some(node);
            return true;
        };
        self.put(&mut open, node);
        self.open.push(open);
        true
    }

    fn put(&mut self, open: &mut Open, node: Node) {
        match (&mut open.node.value, open.key.take()) {
            (Value::List(items), _) => items.push(node),
            (Value::Map(_), None) => open.key = Some(self.key(node)),
            (Value::Map(_), Some((None, _))) => {}
            (Value::Map(entries), Some((Some(key), at))) => {
                if open.keys.insert(key.clone()) {
                    entries.push(Entry { key, at, value: node, twice: false });
                } else {
                    entries.iter_mut().filter(|entry| entry.key == key).for_each(|entry| entry.twice = true);
                    self.fault("Y005", at, format!("the key `{key}` is there twice"));
                    self.help("keep one of them");
                }
            }
            // INVARIANT: only lists and mappings are ever opened.
            (Value::Scalar { .. }, _) => {}
        }
    }

    fn key(&mut self, node: Node) -> (Option<String>, At) {
        let (at, kind) = (node.at, node.kind());
        match node.value {
            Value::Scalar { text, plain: true } if text == "<<" => {
                self.fault("Y007", at, "`<<` means nothing here".to_owned());
                self.help("write the keys out where they are needed");
                (None, at)
            }
            Value::Scalar { text, .. } => (Some(text), at),
            Value::List(_) | Value::Map(_) => {
                self.fault("Y003", at, format!("{kind} cannot be a key"));
                (None, at)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn faults(text: &str) -> Vec<String> {
        let (_, faults) = parse("a.yaml", text);
        faults.iter().map(|f| format!("{}:{} {} {}", f.line, f.column, f.code, f.message)).collect()
    }

    #[test]
    fn scalars_keep_their_text_and_place() {
        let (root, faults) = parse("a.yaml", "\u{feff}a: 150.00\nbé: [\"x\", 0755]\n");
        assert_eq!(faults, []);
        let Some(Node { value: Value::Map(entries), .. }) = root else { panic!("no mapping") };
        let scalar = |text: &str, plain| Value::Scalar { text: text.to_owned(), plain };
        assert_eq!(entries[0].value.value, scalar("150.00", true));
        assert_eq!(entries[0].value.at, At { line: 1, column: 4, length: 6 });
        assert_eq!(entries[1].at, At { line: 2, column: 1, length: 2 });
        let Value::List(items) = &entries[1].value.value else { panic!("no list") };
        assert_eq!(items[0].value, scalar("x", false));
        assert_eq!(items[1].at, At { line: 2, column: 11, length: 4 });
    }

    #[test]
    fn faults_of_shape_do_not_stop_the_reading() {
        let text = "a: 1\na: 2\n<<: 3\n[x]: 4\nb: !odd 5\n";
        assert_eq!(
            faults(text),
            [
                "2:1 Y005 the key `a` is there twice",
                "3:1 Y007 `<<` means nothing here",
                "4:1 Y003 a list cannot be a key",
                "5:4 Y007 the tag `!odd` means nothing here",
            ]
        );
        assert!(faults("a: [1, 2\nb: 3\n")[0].contains("Y001 this is not YAML"));
        assert_eq!(faults("a: 1\n---\nb: 2\n"), ["2:1 Y006 a second document begins here"]);
    }

    #[test]
    fn bombs_do_not_go_off() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let last = level - 1;
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{last}"); 9].join(", ")));
        }
        assert!(faults(&text)[0].contains("Y008 this repeats too much"));
        assert!(faults(&"[".repeat(200)).len() == 1);
        assert!(faults("&a [*a]\n")[0].contains("itself part of"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[a-c:\\-\\[\\]{}&*!|>'\"#%, \n\té]{0,80}") {
            parse("a.yaml", &text);
        }
    }
}

//! How it stands as a whole, on one calm page.

use claimflow_core::Money;
use claimflow_runtime::Board;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::style::Style;
use super::words::{count, hang, money, spoken, thousands, width};

/// The page: names that people read come from `labels`.
pub struct Page<'a> {
    /// The figures.
    pub board: &'a Board,
    /// Name of the practice.
    pub practice: &'a str,
    /// The day.
    pub today: Date,
    /// The name people read for an owner.
    pub owner: &'a dyn Fn(&str) -> String,
}

/// A line of a list: what, how many, how much.
struct Line {
    what: String,
    number: u64,
    amount: Money,
}

/// Columns of the whole page, and of each half.
const PAGE: usize = 98;
const HALF: usize = 47;

impl Page<'_> {
    /// The page as text, at most 100 columns wide.
    pub fn text(&self, style: Style) -> String {
        let mut text = self.head(style);
        text.push_str(&columns(
            &list("Where claims are", &self.states(), style),
            &list("Denied lines, by kind", &self.denials(), style),
        ));
        text.push_str(&self.work(style));
        text.push_str(&self.attention(style));
        text
    }

    fn head(&self, style: Style) -> String {
        let name = if self.practice.is_empty() { "Practice" } else { self.practice };
        let day = self.today.strftime("%A %-d %B %Y").to_string();
        let gap = PAGE.saturating_sub(width(name) + width(&day)).max(2);
        let board = self.board;
        let open = self.open();
        let figure = |what: &str, amount: String| format!("{what} {}", style.strong(&amount));
        let claims = count(board.claims, "claim", "claims");
        let going = count(board.claims.saturating_sub(board.ended), "open", "open");
        let figures = [
            figure("billed", money(board.billed)),
            figure("paid", money(board.paid)),
            figure("left to patients", money(board.patient)),
            figure("at stake", money(open)),
        ];
        format!(
            "\n  {}{}{}\n  {}\n  {}, {going}\n  {}\n\n",
            style.strong(name),
            " ".repeat(gap),
            style.faint(&day),
            style.faint(&"─".repeat(PAGE)),
            style.strong(&claims),
            figures.join("   ")
        )
    }

    /// What open work items are about.
    fn open(&self) -> Money {
        self.board.items.values().map(|(_, amount)| *amount).sum()
    }

    fn states(&self) -> Vec<Line> {
        largest(self.board.states.iter().map(|(state, of)| line(super::incidents::state(state), *of)))
    }

    fn denials(&self) -> Vec<Line> {
        largest(self.board.denials.iter().map(|(category, of)| line(spoken(category), *of)))
    }

    /// Each owner with the kinds of problem that wait there.
    fn work(&self, style: Style) -> String {
        let mut text = format!("  {}\n", style.strong("Who acts, and why"));
        if self.board.items.is_empty() {
            text.push_str(&format!("  {}\n", style.faint("nobody has anything to do")));
        }
        for (owner, kinds) in self.owners() {
            let number: u64 = kinds.iter().map(|kind| kind.number).sum();
            let amount: Money = kinds.iter().map(|kind| kind.amount).sum();
            let head = format!("  {owner:<20}{number:>5} {:>12}    ", money(amount));
            let kinds: Vec<String> =
                kinds.iter().map(|kind| format!("{} {}", kind.what, kind.number)).collect();
            text.push_str(&hang(&head, &kinds.join(" · "), PAGE + 2));
        }
        text.push('\n');
        text
    }

    /// Owners by how much they have to do.
    fn owners(&self) -> Vec<(String, Vec<Line>)> {
        let mut owners: Vec<(String, Vec<Line>)> = Vec::new();
        for ((category, owner), of) in &self.board.items {
            let (name, kind) = ((self.owner)(owner), line(spoken(category), *of));
            match owners.iter_mut().find(|(own, _)| *own == name) {
                Some((_, kinds)) => kinds.push(kind),
                None => owners.push((name, vec![kind])),
            }
        }
        for (_, kinds) in &mut owners {
            *kinds = largest(std::mem::take(kinds).into_iter());
        }
        owners.sort_by_key(|(_, kinds)| std::cmp::Reverse(kinds.iter().map(|kind| kind.number).sum::<u64>()));
        owners
    }

    fn attention(&self, style: Style) -> String {
        let (waiting, unbalanced) = self.board.parked;
        let mut lines = Vec::new();
        let mut add = |number: u64, one: &str, many: &str, command: &str| {
            if number > 0 {
                let what = format!("{:<58}", count(number, one, many));
                lines.push(format!("  {} {what}{}\n", style.bad("●"), style.code(command)));
            }
        };
        add(
            self.board.incidents,
            "claim cannot go on by itself",
            "claims cannot go on by themselves",
            "claimflow claims --incident",
        );
        add(self.board.overdue, "work item is overdue", "work items are overdue", "claimflow queue");
        add(
            unbalanced,
            "remittance does not add up: nothing of it is posted",
            "remittances do not add up: nothing of them is posted",
            "claimflow queue posting",
        );
        add(
            waiting,
            "payment waits for its claim",
            "payments wait for their claims",
            "claimflow ingest CLAIMS.837",
        );
        if lines.is_empty() {
            lines
                .push(format!("  {} nothing is overdue, and every payment has its claim\n", style.good("●")));
        }
        if self.board.pended.0 > 0 {
            let (number, amount) = self.board.pended;
            let what =
                format!("{} pended, {} at stake", count(number, "work item", "work items"), money(amount));
            let command = style.code("claimflow queue --pended");
            lines.push(format!("  {} {what:<58}{command}\n", style.faint("●")));
        }
        lines.concat()
    }

    /// The page as data.
    pub fn json(&self) -> Value {
        let board = self.board;
        let of = |name: &str, key: &str, (number, amount): (u64, Money), money: &str| json!({ name: key, "count": number, money: amount });
        json!({
            "date": self.today,
            "claims": board.claims,
            "ended": board.ended,
            "billed": board.billed,
            "paid": board.paid,
            "patient": board.patient,
            "at_stake": self.open(),
            "states": board.states.iter().map(|(state, own)| of("state", state, *own, "billed")).collect::<Vec<_>>(),
            "work_items": board.items.iter().map(|((category, owner), (number, amount))| {
                json!({ "category": category, "owner": owner, "count": number, "amount": amount })
            }).collect::<Vec<_>>(),
            "denials": board.denials.iter().map(|(kind, own)| of("category", kind, *own, "amount")).collect::<Vec<_>>(),
            "overdue": board.overdue,
            "pended": { "count": board.pended.0, "amount": board.pended.1 },
            "waiting_payments": board.parked.0,
            "unbalanced_remittances": board.parked.1,
            "incidents": board.incidents,
        })
    }
}

fn line(what: String, (number, amount): (u64, Money)) -> Line {
    Line { what, number, amount }
}

fn largest(lines: impl Iterator<Item = Line>) -> Vec<Line> {
    let mut lines: Vec<Line> = lines.collect();
    lines.sort_by(|a, b| b.number.cmp(&a.number).then_with(|| a.what.cmp(&b.what)));
    lines
}

/// A titled list, each line exactly half a page wide when printed plain.
fn list(title: &str, lines: &[Line], style: Style) -> Vec<String> {
    let mut out = vec![style.strong(&format!("{title:<HALF$}"))];
    if lines.is_empty() {
        out.push(style.faint(&format!("{:<HALF$}", "none")));
    }
    for own in lines {
        let numbers = format!("{:>6} {:>12}", thousands(&own.number.to_string()), money(own.amount));
        let room = HALF.saturating_sub(width(&numbers));
        let what: String = own.what.chars().take(room.saturating_sub(1)).collect();
        out.push(format!("{what:<room$}{numbers}"));
    }
    out
}

/// Two lists side by side, and an empty line.
fn columns(left: &[String], right: &[String]) -> String {
    let mut text = String::new();
    let blank = " ".repeat(HALF);
    for place in 0..left.len().max(right.len()) {
        let (own, other) = (left.get(place).unwrap_or(&blank), right.get(place).map_or("", String::as_str));
        text.push_str(format!("  {own}    {other}").trim_end());
        text.push('\n');
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn board() -> Board {
        let cents = Money::from_cents;
        let mut board = Board { claims: 1412, ended: 1300, overdue: 2, parked: (3, 1), ..Board::default() };
        (board.billed, board.paid, board.patient) = (cents(21_240_000), cents(14_211_820), cents(392_000));
        for (state, number, amount) in
            [("paid", 1300, 19_500_000), ("held", 31, 465_000), ("awaiting-remittance", 81, 1_215_000)]
        {
            board.states.insert(state.into(), (number, cents(amount)));
        }
        board.items.insert(("documentation".into(), "clinician".into()), (12, cents(180_000)));
        board.items.insert(("authorization".into(), "authorization".into()), (8, cents(120_000)));
        board.items.insert(("coding".into(), "clinician".into()), (1, cents(15_000)));
        board.denials.insert("authorization_sent_not_seen".into(), (4, cents(60_000)));
        board
    }

    #[test]
    fn one_page() {
        let owner = |owner: &str| spoken(owner);
        let board = board();
        let page =
            Page { board: &board, practice: "Riverside Counseling", today: date(2026, 4, 2), owner: &owner };
        let text = page.text(Style::PLAIN);
        assert!(text.lines().all(|line| width(line) <= 100), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn an_empty_practice() {
        let owner = |owner: &str| spoken(owner);
        let board = Board::default();
        let page = Page { board: &board, practice: "", today: date(2026, 4, 2), owner: &owner };
        insta::assert_snapshot!(page.text(Style::PLAIN));
    }
}

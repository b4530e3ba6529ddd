//! `claimflow correct`: a person corrects fields of a claim.

use claimflow_core::Text;
use claimflow_core::field::{CLAIM_FIELDS, Field, LINE_FIELDS};
use claimflow_core::step::Input;
use clap::Args;

use super::Global;
use super::release::moved;
use crate::exit::{Exit, Failure, Result};
use crate::wire::actor;

/// Correct fields of a claim, and let it go on
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow correct CLAIM0042 authorization_number=A12345
  claimflow correct CLAIM0042 'line[1].modifiers=95,HO' --reason \"video session\"

`claimflow correct --help` lists every field.", after_long_help = long_help())]
pub struct Arguments {
    /// The claim's number (CLM01)
    #[arg(value_name = "ID")]
    id: Text,
    /// What to set, as place_of_service=10 or line[1].units=2; nothing after = empties the field
    #[arg(required = true, value_name = "FIELD=VALUE", value_parser = parse_field)]
    fields: Vec<(Text, Text)>,
    /// Why, for the timeline
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Text,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    for (name, _) in &arguments.fields {
        claimflow_core::field::find(name).map_err(|error| {
            Failure::usage(error.to_string()).help("`claimflow correct --help` lists the fields")
        })?;
    }
    let desk = global.open()?;
    let input = Input::Corrected { fields: arguments.fields.clone(), reason: arguments.reason.clone() };
    let summary = desk.engine.act(&arguments.id, input, &actor())?;
    desk.perform()?;
    moved(&desk, &summary, global.json)?;
    desk.close()?;
    Ok(Exit::Done)
}

fn parse_field(text: &str) -> Result<(Text, Text), String> {
    let (name, value) = text.split_once('=').ok_or("write FIELD=VALUE, as place_of_service=10")?;
    Ok((Text::from(name.trim()), Text::from(value)))
}

/// The examples with every field.
fn long_help() -> String {
    let mut text = String::from(
        "Examples:\n  claimflow correct CLAIM0042 authorization_number=A12345\n  \
         claimflow correct CLAIM0042 'line[1].modifiers=95,HO' --reason \"video session\"\n",
    );
    text.push_str("\nFields of the claim:\n");
    list(CLAIM_FIELDS, "", &mut text);
    text.push_str("\nFields of a service line (N counts from 1):\n");
    list(LINE_FIELDS, "line[N].", &mut text);
    text.trim_end().to_owned()
}

fn list(fields: &[Field], prefix: &str, text: &mut String) {
    for field in fields {
        text.push_str(&format!("  {:<36}{}\n", format!("{prefix}{}", field.name), field.takes));
    }
}

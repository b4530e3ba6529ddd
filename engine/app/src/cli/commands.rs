//! The one list of the commands below a command: what the command line offers, and the module that runs each.

/// Makes `enum Command` of modules that each have `Arguments` and `run`, and `Command::run`, which hands on to them.
macro_rules! commands {
    ($($name:ident => $module:ident),+ $(,)?) => {
        #[derive(Debug, clap::Subcommand)]
        enum Command {
            $($name($module::Arguments)),+
        }

        impl Command {
            fn run(&self, global: &Global) -> Result {
                match self {
                    $(Self::$name(arguments) => $module::run(arguments, global)),+
                }
            }
        }
    };
}

pub(in crate::cli) use commands;

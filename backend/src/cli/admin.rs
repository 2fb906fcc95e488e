//! `sallyport admin`: for the first owner, and for when a password is lost.

use super::Failure;
use crate::{
    app::App,
    ops::{admins, authority::Owner},
    store::records::Role,
};
use clap::{Subcommand, ValueEnum};
use std::io::BufRead;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Add an administrator. The password is read from standard input, so that no process list shows it.
    Add {
        /// The name to sign in with.
        username: String,
        /// What they may do.
        #[arg(long, value_enum, default_value = "owner")]
        role: RoleName,
    },
    /// Give an administrator a new password, read from standard input; their sign-ins end.
    Passwd {
        /// The name.
        username: String,
    },
    /// List the administrators.
    List,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
pub(super) enum RoleName {
    /// Everything, administrators included.
    Owner,
    /// People, routers, policies, settings.
    Admin,
    /// Approves, cuts, extends.
    Operator,
    /// Looks on.
    Viewer,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Owner => Self::Owner,
            RoleName::Admin => Self::Admin,
            RoleName::Operator => Self::Operator,
            RoleName::Viewer => Self::Viewer,
        }
    }
}

pub(super) async fn execute(app: &App, command: Command) -> Result<(), Failure> {
    let owner = Owner::of_command_line();
    match command {
        Command::Add { username, role } => {
            let admin = admins::create(app, &owner, &username, &password()?, role.into()).await?;
            println!("{} may sign in now.", admin.username);
        }
        Command::Passwd { username } => {
            let admin = admins::set_password(app, &owner, &username, &password()?).await?;
            println!("{} has a new password.", admin.username);
        }
        Command::List => {
            for admin in admins::list(app, &owner).await? {
                let state = if admin.enabled { "" } else { "  (switched off)" };
                println!("{:<20} {:?}{state}", admin.username, admin.role);
            }
        }
    }
    Ok(())
}

fn password() -> Result<String, Failure> {
    eprint!("Password: ");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Failure::io("standard input"))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

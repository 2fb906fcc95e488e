//! Authority as types: who may only look holds a [`Viewer`], and the ops that need more ask for more. Each type
//! is made in one place, from an administrator's record, so that forgetting a check does not compile.

use super::{OpError, OpResult, Who};
use crate::store::records::{AdminRecord, Role};
use sallyport_shared::ids::AdminId;
use std::ops::Deref;
use uuid::Uuid;

/// An administrator who may come in at all. What they may do beyond looking is asked of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Viewer {
    /// Their id.
    pub id: AdminId,
    /// What they may do.
    pub role: Role,
    /// The sign-in by which they came; none when they act in Telegram.
    pub sign_in: Option<Uuid>,
    who: Who,
}

/// Approves and rejects people, grants, extends and ends sessions, confirms, denies and cuts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operator(Viewer);

/// Manages people, accounts, routers, policies and settings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manager(Operator);

/// Manages administrators.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owner {
    /// Who; none for the one at the server's own command line.
    pub id: Option<AdminId>,
    who: Who,
}

/// Sets routers up: a manager, or the one who has the server in hand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Installer {
    who: Who,
}

impl Installer {
    /// The one who has the server itself, with its key and database, in hand: its command line.
    pub fn of_command_line() -> Self {
        Self { who: Who::System }
    }

    /// As the audit names them.
    pub fn who(&self) -> &Who {
        &self.who
    }
}

impl From<&Manager> for Installer {
    fn from(manager: &Manager) -> Self {
        Self { who: manager.who().clone() }
    }
}

impl Viewer {
    /// The administrator, if they may come in.
    ///
    /// # Errors
    /// [`OpError::Forbidden`] if they are switched off.
    pub fn of(admin: &AdminRecord, sign_in: Option<Uuid>, address: Option<String>) -> OpResult<Self> {
        if !admin.enabled {
            return Err(OpError::Forbidden("This administrator is switched off".to_owned()));
        }
        let who = Who::Admin { id: admin.id, name: admin.username.clone(), address };
        Ok(Self { id: admin.id, role: admin.role, sign_in, who })
    }

    /// As the audit names them.
    pub fn who(&self) -> &Who {
        &self.who
    }

    /// Their authority to operate.
    ///
    /// # Errors
    /// [`OpError::Forbidden`] if they have none.
    pub fn operator(&self) -> OpResult<Operator> {
        self.at_least(Role::Operator)?;
        Ok(Operator(self.clone()))
    }

    /// Their authority to manage.
    ///
    /// # Errors
    /// [`OpError::Forbidden`] if they have none.
    pub fn manager(&self) -> OpResult<Manager> {
        self.at_least(Role::Admin)?;
        Ok(Manager(Operator(self.clone())))
    }

    /// Their authority over administrators.
    ///
    /// # Errors
    /// [`OpError::Forbidden`] if they have none.
    pub fn owner(&self) -> OpResult<Owner> {
        self.at_least(Role::Owner)?;
        Ok(Owner { id: Some(self.id), who: self.who.clone() })
    }

    fn at_least(&self, role: Role) -> OpResult<()> {
        if self.role >= role {
            Ok(())
        } else {
            Err(OpError::Forbidden(format!("Your role does not allow this; it takes {}", name(role))))
        }
    }
}

impl Deref for Operator {
    type Target = Viewer;

    fn deref(&self) -> &Viewer {
        &self.0
    }
}

impl Deref for Manager {
    type Target = Operator;

    fn deref(&self) -> &Operator {
        &self.0
    }
}

impl Owner {
    /// The one who has the server itself, with its key and database, in hand: its command line.
    pub fn of_command_line() -> Self {
        Self { id: None, who: Who::System }
    }

    /// As the audit names them.
    pub fn who(&self) -> &Who {
        &self.who
    }
}

/// A role in words.
fn name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "a viewer",
        Role::Operator => "an operator",
        Role::Admin => "an administrator",
        Role::Owner => "an owner",
    }
}

//! Guards: each field says in its attribute who may have it. They only refuse; what may be done is decided by the
//! types that the ops ask for.

use super::context::ContextExt;
use async_graphql::{Context, Result};

/// Anybody who is signed in.
pub(super) fn viewer(ctx: &Context<'_>) -> Result<()> {
    ctx.viewer()?;
    Ok(())
}

/// Operators and those above.
pub(super) fn operator(ctx: &Context<'_>) -> Result<()> {
    ctx.operator()?;
    Ok(())
}

/// Administrators and owners.
pub(super) fn manager(ctx: &Context<'_>) -> Result<()> {
    ctx.manager()?;
    Ok(())
}

/// Owners.
pub(super) fn owner(ctx: &Context<'_>) -> Result<()> {
    ctx.owner()?;
    Ok(())
}

/// Anybody at all: the way in.
#[expect(clippy::unnecessary_wraps, reason = "the form of a guard")]
pub(super) fn anybody(_ctx: &Context<'_>) -> Result<()> {
    Ok(())
}

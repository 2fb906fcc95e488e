//! Applying a plan, on a router that is only observed after it is set to be enforced, and what is told of it.

use super::input::only;
use crate::api::ops::{
    ApplyRouterSetup, PlanRouterSetup, UpdateRouter, apply_router_setup, plan_router_setup, update_router,
};
use crate::api::types::{RouterMode, SetupPlan};
use crate::api::{Api, ApiError};
use crate::t;

/// What was carried out.
pub(super) struct Carried {
    /// The router is enforced since just now.
    pub(super) enforced: bool,
    /// The plan as it is now, or why that is not known: it was not applied, or could not be read.
    pub(super) plan: Result<SetupPlan, ApiError>,
}

/// Enforces the router if it was only observed, then applies these steps. What was enforced stays so even if nothing
/// could be applied.
///
/// # Errors
/// The mode was not changed: then nothing is.
pub(super) async fn carry_out(
    api: Api,
    id: String,
    keys: Vec<String>,
    observed: bool,
) -> Result<Carried, ApiError> {
    if observed {
        let input = only!(update_router { mode: Some(RouterMode::Enforce) });
        api.call::<UpdateRouter, _>(update_router::Variables { id: id.clone(), input }).await?;
    }
    let plan = if keys.is_empty() {
        api.call::<PlanRouterSetup, _>(plan_router_setup::Variables { id }).await
    } else {
        api.call::<ApplyRouterSetup, _>(apply_router_setup::Variables { id, keys: Some(keys) }).await
    };
    Ok(Carried { enforced: observed, plan })
}

/// What is known after applying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Nothing was applied just now.
    Nothing,
    /// The doctor says that the box holds.
    Holds,
    /// The doctor found a way out.
    Open,
    /// The doctor could not look.
    Unproven,
}

impl Proof {
    pub(super) fn of(plan: &SetupPlan) -> Self {
        match plan.box_holds {
            Some(true) => Self::Holds,
            Some(false) => Self::Open,
            None if plan.steps.iter().any(|step| step.state == "APPLIED") => Self::Unproven,
            None => Self::Nothing,
        }
    }
}

/// What is told of what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// All of it is done and proven.
    Done(String),
    /// Something is left to look at.
    Note(String),
    /// It was not done.
    Failed(String),
}

/// What became of what was chosen. Only what is done and proven is told as a success; that the router is enforced from
/// now on is told also if nothing else came of it.
pub(super) fn told(carried: &Carried) -> Told {
    let plan = match &carried.plan {
        Ok(plan) => plan,
        Err(error) if carried.enforced => {
            return Told::Failed(t!("setup-enforced-only", reason = error.text()));
        }
        Err(error) => return Told::Failed(error.text()),
    };
    match (plan.steps.iter().filter(|step| step.state == "FAILED").count(), Proof::of(plan)) {
        (0, Proof::Open) => Told::Note(t!("setup-box-open")),
        (0, Proof::Unproven) => Told::Note(t!("setup-unproven")),
        (0, Proof::Holds) => Told::Done(t!("setup-applied")),
        (0, Proof::Nothing) => Told::Done(t!("setup-enforced-nothing")),
        (count, _) => Told::Note(t!("setup-not-all", count = count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::SetupStep;

    fn plan(state: &str, box_holds: Option<bool>) -> SetupPlan {
        SetupPlan {
            clean: false,
            script: String::new(),
            undoable: 1,
            left: Vec::new(),
            box_holds,
            openings: Vec::new(),
            steps: vec![SetupStep::sample("forward", state)],
        }
    }

    #[test]
    fn what_was_applied_and_not_looked_at_is_not_proven() {
        let proof = |state: &str, box_holds| Proof::of(&plan(state, box_holds));
        assert_eq!(proof("APPLIED", None), Proof::Unproven);
        assert_eq!(proof("APPLIED", Some(true)), Proof::Holds);
        assert_eq!(proof("APPLIED", Some(false)), Proof::Open);
        assert_eq!(proof("PRESENT", None), Proof::Nothing);
    }

    #[test]
    fn nothing_is_told_as_applied_that_was_not() {
        let told = |plan| told(&Carried { enforced: true, plan });
        assert_eq!(told(Ok(plan("APPLIED", Some(true)))), Told::Done("Applied and read back".into()));
        let nothing = Told::Done("Enforced. Nothing was set up.".into());
        assert_eq!(told(Ok(plan("MISSING", None))), nothing, "all steps were left out");
        assert!(matches!(told(Ok(plan("FAILED", None))), Told::Note(_)));
    }

    #[test]
    fn that_it_is_enforced_is_told_also_if_nothing_could_be_applied() {
        let failed =
            |enforced| told(&Carried { enforced, plan: Err(ApiError::RouterUnreachable("no route".into())) });
        let reason = "The router did not answer: no route";
        let enforced = format!("Enforced; the set-up was not applied: {reason}");
        assert_eq!(failed(true), Told::Failed(enforced));
        assert_eq!(failed(false), Told::Failed(reason.into()));
    }
}

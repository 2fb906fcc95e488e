//! What the pages about people make of the rows: pure.

use crate::api::ops::update_user::UserInput;
use crate::api::ops::users::{SortDirection, UserFilter, UserOrder, UserSort, Variables};
use crate::api::types::{Count, FirewallRule, RouterAccount, User, UserChange, UserStatus, count_of};
use crate::parts::table::sorted;

/// What is asked of the server for one page of people. Who waits comes first unless another order was chosen.
#[must_use]
pub fn variables(
    status: Option<UserStatus>,
    search: Option<String>,
    sort: Option<&str>,
    first: i64,
    after: Option<String>,
) -> Variables {
    let (by, descending) = sorted(sort).unwrap_or(("status", false));
    let by = match by {
        "name" => UserSort::NAME,
        "created" => UserSort::CREATED_AT,
        _ => UserSort::STATUS,
    };
    let direction = if descending { SortDirection::DESC } else { SortDirection::ASC };
    let filter =
        UserFilter { search, status: status.map(|status| vec![status]), policy_id: None, has_accounts: None };
    Variables { filter: Some(filter), order_by: Some(UserOrder { by, direction }), first: Some(first), after }
}

/// Pending people on top, the rest in the server's order.
#[must_use]
pub fn pending_first(mut rows: Vec<User>) -> Vec<User> {
    rows.sort_by_key(|user| user.status != UserStatus::Pending);
    rows
}

/// The statuses as filters with their counts; all comes first.
#[must_use]
pub fn status_filters(counts: Option<&[Count]>) -> Vec<(Option<UserStatus>, Option<i64>)> {
    let total = counts.map(|counts| counts.iter().map(|count| count.count).sum());
    let each = UserStatus::ALL
        .iter()
        .map(|status| (Some(*status), counts.map(|counts| count_of(counts, status.wire()))));
    std::iter::once((None, total)).chain(each).collect()
}

/// Applies a change to the rows that are on screen; new people are not put in between (the list is read again).
/// Answers whether the list must be read again.
#[must_use]
pub fn patch(rows: &mut [User], change: &UserChange) -> bool {
    match rows.iter_mut().find(|row| row.id == change.user.id) {
        Some(row) if row.status == change.user.status => {
            *row = change.user.clone();
            false
        }
        _ => true,
    }
}

/// Whether an account of a router is offered for linking, and in which order: suggested by its comment, never used
/// and without an owner before those of others.
#[must_use]
pub fn link_order(account: &RouterAccount, telegram_id: Option<&str>) -> (u8, String) {
    let suggested =
        account.suggested_telegram_id.is_some() && account.suggested_telegram_id.as_deref() == telegram_id;
    let rank = match (suggested, account.linked_to.is_some()) {
        (true, false) => 0,
        (false, false) => 1,
        (_, true) => 2,
    };
    (rank, account.username.clone())
}

/// The rules that can be bound: those nobody has, and the comment of each, which must be the only one of its kind.
#[must_use]
pub fn bindable(rules: &[FirewallRule]) -> Vec<FirewallRule> {
    let once = |comment: &str| rules.iter().filter(|rule| rule.comment == comment).count() == 1;
    rules.iter().filter(|rule| rule.bound_to.is_none() && once(&rule.comment)).cloned().collect()
}

/// An input that changes nothing.
#[must_use]
pub fn no_change() -> UserInput {
    UserInput {
        display_name: None,
        email: None,
        phone: None,
        note: None,
        language: None,
        policy_id: None,
        telegram_id: None,
    }
}

/// "@anna", else the number, else nothing.
#[must_use]
pub fn telegram(username: Option<&str>, id: Option<&str>) -> Option<String> {
    username.map(|name| format!("@{name}")).or_else(|| id.map(|id| format!("id {id}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::{ChangeKind, Language, Named, Person};
    use crate::time::Moment;

    fn user(id: &str, status: UserStatus) -> User {
        User {
            id: id.into(),
            status,
            display_name: id.into(),
            telegram_id: None,
            telegram_username: None,
            telegram_blocked_at: None,
            language: Language::Ru,
            note: None,
            rejection_reason: None,
            created_at: Moment(0),
            policy: Named { id: "p".into(), name: "Staff".into() },
            accounts: Vec::new(),
        }
    }

    fn account(name: &str, owner: bool, telegram: Option<&str>) -> RouterAccount {
        RouterAccount {
            linked_to: owner.then(|| Person { id: "u".into(), display_name: "Olga".into() }),
            suggested_telegram_id: telegram.map(str::to_owned),
            ..RouterAccount::sample(name)
        }
    }

    fn rule(id: &str, comment: &str) -> FirewallRule {
        FirewallRule { comment: comment.into(), ..FirewallRule::sample(id) }
    }

    #[test]
    fn who_waits_is_on_top_and_the_rest_keeps_its_order() {
        let rows = vec![
            user("b", UserStatus::Approved),
            user("a", UserStatus::Approved),
            user("p", UserStatus::Pending),
        ];
        let ids: Vec<String> = pending_first(rows).into_iter().map(|user| user.id).collect();
        assert_eq!(ids, ["p", "b", "a"]);
    }

    #[test]
    fn a_changed_status_or_a_new_person_reads_the_list_again() {
        let mut rows = vec![user("a", UserStatus::Pending)];
        let mut renamed = user("a", UserStatus::Pending);
        renamed.display_name = "Anna".into();
        assert!(!patch(&mut rows, &UserChange { kind: ChangeKind::Updated, user: renamed }));
        assert_eq!(rows[0].display_name, "Anna");
        assert!(patch(
            &mut rows,
            &UserChange { kind: ChangeKind::Updated, user: user("a", UserStatus::Approved) }
        ));
        assert!(patch(
            &mut rows,
            &UserChange { kind: ChangeKind::Created, user: user("z", UserStatus::Pending) }
        ));
    }

    #[test]
    fn the_account_whose_comment_names_the_person_is_offered_first() {
        let mut accounts =
            [account("c", true, None), account("b", false, None), account("a", false, Some("48"))];
        accounts.sort_by_key(|account| link_order(account, Some("48")));
        assert_eq!(accounts.map(|account| account.username), ["a", "b", "c"]);
    }

    #[test]
    fn a_comment_that_is_there_twice_cannot_be_bound() {
        let rules = [rule("1", "2FA a"), rule("2", "2FA b"), rule("3", "2FA b")];
        assert_eq!(bindable(&rules).into_iter().map(|rule| rule.rule_id).collect::<Vec<_>>(), ["1"]);
    }

    #[test]
    fn filters_carry_counts_once_they_are_known() {
        assert_eq!(status_filters(None)[0], (None, None));
        let counts = [Count { key: "PENDING".into(), count: 2 }, Count { key: "APPROVED".into(), count: 5 }];
        let filters = status_filters(Some(&counts));
        assert_eq!(filters[0], (None, Some(7)));
        assert_eq!(filters[1], (Some(UserStatus::Pending), Some(2)));
    }
}

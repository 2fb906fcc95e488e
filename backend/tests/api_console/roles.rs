//! The whole schema × all roles: who may have what, in one table. A field that is not in it fails.

use crate::cast::{Cast, Console, refusal};
use async_graphql::parser::{
    parse_schema,
    types::{BaseType, FieldDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition},
};
use sallyport::store::records::Role::{self, Admin, Operator, Owner, Viewer};
use serde_json::json;
use std::collections::BTreeMap;

/// The least role for each field; none: whoever is not signed in, too.
const ROLES: &[(&str, &str, Option<Role>)] = &[
    ("Query", "setupNeeded", None),
    ("Query", "me", Some(Viewer)),
    ("Query", "health", Some(Viewer)),
    ("Query", "users", Some(Viewer)),
    ("Query", "user", Some(Viewer)),
    ("Query", "sessions", Some(Viewer)),
    ("Query", "session", Some(Viewer)),
    ("Query", "attention", Some(Viewer)),
    ("Query", "routers", Some(Viewer)),
    ("Query", "router", Some(Viewer)),
    ("Query", "policies", Some(Viewer)),
    ("Query", "policy", Some(Viewer)),
    ("Query", "whatIf", Some(Viewer)),
    ("Query", "bans", Some(Viewer)),
    ("Query", "auditEvents", Some(Viewer)),
    ("Query", "statistics", Some(Viewer)),
    ("Query", "settings", Some(Viewer)),
    ("Query", "signIns", Some(Viewer)),
    ("Query", "previewMessage", Some(Viewer)),
    ("Query", "admins", Some(Owner)),
    ("Mutation", "login", None),
    ("Mutation", "refresh", None),
    ("Mutation", "logout", None),
    ("Mutation", "completeSetup", None),
    ("Mutation", "changePassword", Some(Viewer)),
    ("Mutation", "revokeSignIn", Some(Viewer)),
    ("Mutation", "setPreferences", Some(Viewer)),
    ("Mutation", "createTelegramLinkCode", Some(Viewer)),
    ("Mutation", "unlinkOwnTelegram", Some(Viewer)),
    ("Mutation", "beginTotp", Some(Viewer)),
    ("Mutation", "enableTotp", Some(Viewer)),
    ("Mutation", "disableTotp", Some(Viewer)),
    ("Mutation", "approveUser", Some(Operator)),
    ("Mutation", "rejectUser", Some(Operator)),
    ("Mutation", "grantSession", Some(Operator)),
    ("Mutation", "approveSession", Some(Operator)),
    ("Mutation", "refuseSession", Some(Operator)),
    ("Mutation", "removeBan", Some(Operator)),
    ("Mutation", "settleAttention", Some(Operator)),
    ("Mutation", "extendSession", Some(Operator)),
    ("Mutation", "endSession", Some(Operator)),
    ("Mutation", "confirmConnection", Some(Operator)),
    ("Mutation", "denyConnection", Some(Operator)),
    ("Mutation", "disconnectTunnel", Some(Operator)),
    ("Mutation", "runDoctor", Some(Operator)),
    ("Mutation", "createUser", Some(Admin)),
    ("Mutation", "updateUser", Some(Admin)),
    ("Mutation", "blockUser", Some(Admin)),
    ("Mutation", "unblockUser", Some(Admin)),
    ("Mutation", "deleteUser", Some(Admin)),
    ("Mutation", "createInvitation", Some(Admin)),
    ("Mutation", "unlinkTelegram", Some(Admin)),
    ("Mutation", "removeOneTimeCodes", Some(Admin)),
    ("Mutation", "linkAccount", Some(Admin)),
    ("Mutation", "unlinkAccount", Some(Admin)),
    ("Mutation", "bindFirewallRule", Some(Admin)),
    ("Mutation", "unbindFirewallRule", Some(Admin)),
    ("Mutation", "setRouterAccountEnabled", Some(Admin)),
    ("Mutation", "createRouterAccount", Some(Admin)),
    ("Mutation", "setRouterAccountPassword", Some(Admin)),
    ("Mutation", "deleteRouterAccount", Some(Admin)),
    ("Mutation", "testRouter", Some(Admin)),
    ("Mutation", "createRouter", Some(Admin)),
    ("Mutation", "updateRouter", Some(Admin)),
    ("Mutation", "deleteRouter", Some(Admin)),
    ("Mutation", "rotateHookToken", Some(Admin)),
    ("Mutation", "planRouterSetup", Some(Admin)),
    ("Mutation", "applyRouterSetup", Some(Admin)),
    ("Mutation", "undoRouterSetup", Some(Admin)),
    ("Mutation", "createPolicy", Some(Admin)),
    ("Mutation", "updatePolicy", Some(Admin)),
    ("Mutation", "deletePolicy", Some(Admin)),
    ("Mutation", "updateSettings", Some(Admin)),
    ("Mutation", "testTelegramToken", Some(Admin)),
    ("Mutation", "setMessage", Some(Admin)),
    ("Mutation", "createAdmin", Some(Owner)),
    ("Mutation", "updateAdmin", Some(Owner)),
    ("Mutation", "unlinkAdminTelegram", Some(Owner)),
    ("Mutation", "deleteAdmin", Some(Owner)),
    ("Subscription", "sessionChanged", Some(Viewer)),
    ("Subscription", "userChanged", Some(Viewer)),
    ("Subscription", "routerChanged", Some(Viewer)),
    ("Subscription", "auditEventAdded", Some(Viewer)),
];

struct Schema(BTreeMap<String, TypeDefinition>);

impl Schema {
    fn served() -> Self {
        let document = parse_schema(sallyport::graphql::sdl()).unwrap();
        let types = document.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some(definition.node),
            _ => None,
        });
        Self(types.map(|definition| (definition.name.node.to_string(), definition)).collect())
    }

    fn fields(&self, root: &str) -> Vec<&FieldDefinition> {
        match &self.0[root].kind {
            TypeKind::Object(object) => object.fields.iter().map(|field| &field.node).collect(),
            kind => panic!("{root} is {kind:?}"),
        }
    }

    /// The field with something for every argument, and the least that can be selected of it.
    fn call(&self, field: &FieldDefinition) -> String {
        let arguments: Vec<String> = field
            .arguments
            .iter()
            .map(|argument| format!("{}: {}", argument.node.name.node, self.value(&argument.node.ty.node)))
            .collect();
        let arguments =
            if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        let selection = if self.is_leaf(&field.ty.node) { "" } else { " { __typename }" };
        format!("{}{arguments}{selection}", field.name.node)
    }

    fn is_leaf(&self, ty: &Type) -> bool {
        match &ty.base {
            BaseType::List(inner) => self.is_leaf(inner),
            BaseType::Named(name) => !matches!(
                self.0.get(name.as_str()).map(|definition| &definition.kind),
                Some(TypeKind::Object(_) | TypeKind::Union(_))
            ),
        }
    }

    fn value(&self, ty: &Type) -> String {
        let name = match &ty.base {
            BaseType::List(_) => return "[]".to_owned(),
            BaseType::Named(name) => name.as_str(),
        };
        match (name, self.0.get(name).map(|definition| &definition.kind)) {
            ("Int", _) => "1".to_owned(),
            ("Boolean", _) => "true".to_owned(),
            ("ID", _) => "\"00000000-0000-0000-0000-000000000000\"".to_owned(),
            ("DateTime", _) => "\"2026-11-22T06:40:00.123Z\"".to_owned(),
            (_, Some(TypeKind::Enum(values))) => values.values[0].node.value.node.to_string(),
            (_, Some(TypeKind::InputObject(input))) => {
                let required = input.fields.iter().filter(|field| !field.node.ty.node.nullable);
                let fields: Vec<String> = required
                    .map(|field| format!("{}: {}", field.node.name.node, self.value(&field.node.ty.node)))
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            _ => "\"x\"".to_owned(),
        }
    }
}

fn least(root: &str, field: &str) -> Option<Role> {
    let row = ROLES.iter().find(|(of, name, _)| (*of, *name) == (root, field));
    row.unwrap_or_else(|| panic!("{root}.{field} has no role: say in ROLES who may have it")).2
}

async fn code(console: &Console, operation: &str) -> Option<String> {
    let (_, body) = console.send(operation, json!({})).await;
    refusal(&body).map(|refused| refused.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_is_for_its_roles_and_no_others() {
    let cast = Cast::on_sqlite(&[]).await;
    let mut consoles = Vec::new();
    for role in [Viewer, Operator, Admin, Owner] {
        consoles.push((role, cast.admin(&format!("{role:?}"), role).await));
    }
    let schema = Schema::served();
    for root in ["Query", "Mutation"] {
        for field in schema.fields(root) {
            let name = field.name.node.as_str();
            let operation = format!("{} {{ {} }}", root.to_lowercase(), schema.call(field));
            let Some(least) = least(root, name) else { continue };
            let anonymous = code(&cast.anonymous(), &operation).await;
            assert_eq!(anonymous.as_deref(), Some("UNAUTHENTICATED"), "{root}.{name} without signing in");
            for (role, console) in &consoles {
                let code = code(console, &operation).await;
                let refused = matches!(code.as_deref(), Some("FORBIDDEN" | "UNAUTHENTICATED"));
                assert_eq!(refused, *role < least, "{root}.{name} as {role:?}: {code:?}");
                assert_ne!(code.as_deref(), Some("INTERNAL"), "{root}.{name} as {role:?}");
            }
        }
    }
    for field in schema.fields("Subscription") {
        assert_eq!(least("Subscription", field.name.node.as_str()), Some(Viewer));
    }
    for (root, name, _) in ROLES {
        let there = schema.fields(root).iter().any(|field| field.name.node == *name);
        assert!(there, "{root}.{name} is in the table, but is not served");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_signed_in_learns_nothing_by_arguments() {
    let cast = Cast::on_sqlite(&[]).await;
    let stranger = cast.anonymous();
    for operation in [
        "{ user(id: [1, 2]) { id } }",
        "{ noSuchField }",
        "mutation { approveUser }",
        "mutation($id: ID!) { approveUser(id: $id) { id } }",
        "{ __schema { types { name } } }",
        "{ setupNeeded me { id } }",
        "this is no GraphQL",
        "subscription { userChanged { kind } }",
    ] {
        assert_eq!(stranger.refused(operation, json!({})).await.code, "UNAUTHENTICATED", "{operation}");
    }
}

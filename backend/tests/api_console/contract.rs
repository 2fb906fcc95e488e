//! What is served is the contract: every type, field, argument and value of it, with its nullability and default, and
//! nothing that is not in it.

use async_graphql::parser::{
    parse_schema,
    types::{FieldDefinition, InputValueDefinition, ServiceDocument, TypeKind, TypeSystemDefinition},
};
use std::collections::BTreeMap;

type Fields = BTreeMap<String, String>;

/// Every type with its fields (or values, or members), each as text: `name(arg: Type = default): Type`.
fn types(sdl: &str) -> BTreeMap<String, (&'static str, Fields)> {
    let document: ServiceDocument = parse_schema(sdl).unwrap();
    let definitions = document.definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => Some(definition.node),
        _ => None,
    });
    definitions
        .map(|definition| {
            let of = |text: String| (text.clone(), text);
            let (kind, fields) = match definition.kind {
                TypeKind::Scalar => ("scalar", Fields::new()),
                TypeKind::Object(object) => (
                    "type",
                    object.fields.iter().map(|f| (f.node.name.to_string(), field(&f.node))).collect(),
                ),
                TypeKind::InputObject(input) => (
                    "input",
                    input.fields.iter().map(|f| (f.node.name.to_string(), argument(&f.node))).collect(),
                ),
                TypeKind::Enum(values) => {
                    ("enum", values.values.iter().map(|v| of(v.node.value.to_string())).collect())
                }
                TypeKind::Union(union) => {
                    ("union", union.members.iter().map(|member| of(member.node.to_string())).collect())
                }
                TypeKind::Interface(_) => ("interface", Fields::new()),
            };
            (definition.name.node.to_string(), (kind, fields))
        })
        .collect()
}

fn field(field: &FieldDefinition) -> String {
    let arguments: Vec<String> = field.arguments.iter().map(|a| argument(&a.node)).collect();
    format!("{}({}): {}", field.name.node, arguments.join(", "), field.ty.node)
}

fn argument(argument: &InputValueDefinition) -> String {
    let default =
        argument.default_value.as_ref().map(|value| format!(" = {}", value.node)).unwrap_or_default();
    format!("{}: {}{default}", argument.name.node, argument.ty.node)
}

/// Everything in which `served` is not what `contract` says: what is missing, what is different, and what is too much.
fn differences(contract: &str, served: &str) -> Vec<String> {
    let (contract, served) = (types(contract), types(served));
    let mut wrong = Vec::new();
    for (name, (kind, fields)) in &contract {
        match served.get(name) {
            None => wrong.push(format!("{kind} {name} is not served")),
            Some((other, _)) if other != kind => wrong.push(format!("{name} is a {other}, not a {kind}")),
            Some((_, there)) => {
                let missing = fields.keys().filter(|field| !there.contains_key(*field));
                wrong.extend(missing.map(|field| format!("{name}.{field} is not served")));
            }
        }
    }
    for (name, (kind, fields)) in &served {
        let Some((_, expected)) = contract.get(name) else {
            wrong.push(format!("{kind} {name} is not in the contract"));
            continue;
        };
        for (field, text) in fields {
            match expected.get(field) {
                Some(expected) if expected == text => {}
                Some(expected) => wrong.push(format!("{name}: {text}, not {expected}")),
                None => wrong.push(format!("{name}.{field} is not in the contract")),
            }
        }
    }
    wrong
}

const CONTRACT: &str = include_str!("../data/contract.graphql");

#[test]
fn what_is_served_is_the_whole_contract_and_nothing_else() {
    let wrong = differences(CONTRACT, &sallyport::graphql::sdl());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn whatever_of_the_contract_were_not_served_is_named() {
    let served = sallyport::graphql::sdl();
    for (more, named) in [
        ("type Mutation { flyToTheMoon: Boolean! }", "Mutation.flyToTheMoon is not served"),
        ("type Moon { id: ID! }", "type Moon is not served"),
        ("enum Role { OWNER ADMIN OPERATOR VIEWER GUEST }", "Role.GUEST is not served"),
        (
            "input UserOrder { by: UserSort! direction: SortDirection! = ASC first: Int }",
            "UserOrder.first is not served",
        ),
        ("union Subject = User | Session | Router | Ban | Account", "Subject.Account is not served"),
        ("scalar Date", "scalar Date is not served"),
        ("enum User { A }", "User is a type, not a enum"),
    ] {
        let wrong = differences(more, &served);
        assert!(wrong.iter().any(|line| line == named), "{more}: {wrong:#?}");
    }
}

#[test]
fn another_type_argument_or_default_is_named() {
    let with = |contract: &str, served: &str| differences(contract, served);
    let contract = "type Query { users(first: Int = 20, after: String): [String!]! }";
    for served in [
        "type Query { users(first: Int = 20): [String!]! }",
        "type Query { users(first: Int = 21, after: String): [String!]! }",
        "type Query { users(first: Int! = 20, after: String): [String!]! }",
        "type Query { users(first: Int = 20, after: String): [String]! }",
        "type Query { users(first: Int = 20, after: String, more: Int): [String!]! }",
        "type Query { users(first: Int = 20, after: String): [String!]! more: Int }",
    ] {
        assert_eq!(with(contract, served).len(), 1, "{served}");
    }
    assert_eq!(with(contract, contract), Vec::<String>::new());
}

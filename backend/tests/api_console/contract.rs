//! What is served has the contract's names, types, nullability and defaults.

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

#[test]
fn what_is_served_is_as_the_contract_says() {
    let contract = types(include_str!("../data/contract.graphql"));
    let served = types(&sallyport::graphql::sdl());
    let mut wrong = Vec::new();
    for (name, (kind, fields)) in &served {
        let Some((contract_kind, contract_fields)) = contract.get(name) else {
            wrong.push(format!("{kind} {name} is not in the contract"));
            continue;
        };
        if kind != contract_kind {
            wrong.push(format!("{name} is a {kind}, not a {contract_kind}"));
        }
        for (field, text) in fields {
            match contract_fields.get(field) {
                Some(expected) if expected == text => {}
                Some(expected) => wrong.push(format!("{name}: {text}, not {expected}")),
                None => wrong.push(format!("{name}.{field} is not in the contract")),
            }
        }
        // Of enums, inputs and unions nothing may be left out; of what is asked for, fields may come later.
        if *kind != "type" {
            let missing = contract_fields.keys().filter(|field| !fields.contains_key(*field));
            wrong.extend(missing.map(|field| format!("{kind} {name} lacks {field}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

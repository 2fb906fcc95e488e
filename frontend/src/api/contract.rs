//! Answers made from the contract itself: whatever a document selects, with values of the types that the schema
//! gives, all lists filled, all nullable fields once there and once null. Only for tests.

use std::collections::BTreeMap;
use std::path::Path;

use graphql_parser::query::{Definition, OperationDefinition, Selection, SelectionSet, TypeCondition};
use graphql_parser::schema::{self, Type, TypeDefinition};
use serde_json::{Map, Value, json};

type Text = String;

/// The schema, by the names of its types.
pub(crate) struct Contract {
    types: BTreeMap<Text, TypeDefinition<'static, Text>>,
}

struct Document<'a> {
    contract: &'a Contract,
    fragments: BTreeMap<Text, SelectionSet<'static, Text>>,
    with_nulls: bool,
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl Contract {
    pub(crate) fn load() -> Self {
        let text = read("../schema.graphql");
        let parsed = schema::parse_schema::<Text>(&text).expect("the contract parses").into_static();
        let types = parsed.definitions.into_iter().filter_map(|definition| match definition {
            schema::Definition::TypeDefinition(definition) => {
                Some((name_of(&definition).to_owned(), definition))
            }
            _ => None,
        });
        Self { types: types.collect() }
    }

    /// The `data` of operation `name` in the document at `path`.
    pub(crate) fn answer(&self, path: &str, name: &str, with_nulls: bool) -> Value {
        let text = read(path);
        let parsed = graphql_parser::parse_query::<Text>(&text).expect("the document parses").into_static();
        let mut fragments = BTreeMap::new();
        let mut found = None;
        for definition in parsed.definitions {
            match definition {
                Definition::Fragment(fragment) => {
                    fragments.insert(fragment.name, fragment.selection_set);
                }
                Definition::Operation(operation) => {
                    let (root, its_name, selection) = match operation {
                        OperationDefinition::Query(q) => ("Query", q.name, q.selection_set),
                        OperationDefinition::Mutation(m) => ("Mutation", m.name, m.selection_set),
                        OperationDefinition::Subscription(s) => ("Subscription", s.name, s.selection_set),
                        OperationDefinition::SelectionSet(set) => ("Query", None, set),
                    };
                    if its_name.as_deref() == Some(name) {
                        found = Some((root, selection));
                    }
                }
            }
        }
        let (root, selection) = found.unwrap_or_else(|| panic!("{path} has no {name}"));
        Document { contract: self, fragments, with_nulls }.object(root, &selection)
    }

    fn field_type(&self, of: &str, field: &str) -> &Type<'static, Text> {
        let Some(TypeDefinition::Object(object)) = self.types.get(of) else { panic!("{of} is no object") };
        let found = object.fields.iter().find(|candidate| candidate.name == field);
        &found.unwrap_or_else(|| panic!("{of} has no {field}")).field_type
    }
}

impl Document<'_> {
    fn object(&self, of: &str, selection: &SelectionSet<'static, Text>) -> Value {
        // A union answers as its first member.
        let of = match self.contract.types.get(of) {
            Some(TypeDefinition::Union(union)) => union.types[0].as_str(),
            _ => of,
        };
        let mut object = Map::new();
        self.select(of, selection, &mut object);
        Value::Object(object)
    }

    fn select(&self, of: &str, selection: &SelectionSet<'static, Text>, into: &mut Map<String, Value>) {
        for item in &selection.items {
            match item {
                Selection::Field(field) if field.name == "__typename" => {
                    into.insert("__typename".to_owned(), json!(of));
                }
                Selection::Field(field) => {
                    let value =
                        self.value(self.contract.field_type(of, &field.name), &field.selection_set, true);
                    into.insert(field.alias.clone().unwrap_or_else(|| field.name.clone()), value);
                }
                Selection::FragmentSpread(spread) => {
                    self.select(of, &self.fragments[&spread.fragment_name], into);
                }
                Selection::InlineFragment(inline) => {
                    let fits = inline.type_condition.as_ref().is_none_or(|TypeCondition::On(on)| on == of);
                    if fits {
                        self.select(of, &inline.selection_set, into);
                    }
                }
            }
        }
    }

    fn value(
        &self,
        of: &Type<'static, Text>,
        selection: &SelectionSet<'static, Text>,
        nullable: bool,
    ) -> Value {
        match of {
            Type::NonNullType(inner) => self.value(inner, selection, false),
            _ if nullable && self.with_nulls => Value::Null,
            Type::ListType(inner) => json!([self.value(inner, selection, false)]),
            Type::NamedType(name) => match (name.as_str(), self.contract.types.get(name)) {
                ("Int", _) => json!(7),
                ("Float", _) => json!(0.5),
                ("Boolean", _) => json!(true),
                ("DateTime", _) => json!("2026-11-22T06:40:00.123Z"),
                (_, Some(TypeDefinition::Enum(values))) => json!(values.values[0].name),
                (_, Some(TypeDefinition::Object(_) | TypeDefinition::Union(_))) => {
                    self.object(name, selection)
                }
                _ => json!("text"),
            },
        }
    }
}

fn name_of<'a>(definition: &'a TypeDefinition<'static, Text>) -> &'a str {
    match definition {
        TypeDefinition::Scalar(d) => &d.name,
        TypeDefinition::Object(d) => &d.name,
        TypeDefinition::Interface(d) => &d.name,
        TypeDefinition::Union(d) => &d.name,
        TypeDefinition::Enum(d) => &d.name,
        TypeDefinition::InputObject(d) => &d.name,
    }
}

//! Writes small databases of countries in MaxMind's format, as its public specification (MaxMind DB file format 2.0) says:
//! a binary tree over the bits of addresses, the values that its leaves point to, and a map that describes both.

use std::net::{IpAddr, Ipv6Addr};

/// Where a branch of the tree leads.
#[derive(Clone, Copy)]
enum Branch {
    Nowhere,
    Node(usize),
    /// To the value that begins there among the values.
    Value(usize),
}

/// A value of the format.
enum Value<'a> {
    Text(&'a str),
    Short(u16),
    Word(u32),
    Long(u64),
    List(Vec<Self>),
    Map(Vec<(&'a str, Self)>),
}

impl Value<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => {
                head(2, text.len(), out);
                out.extend(text.as_bytes());
            }
            Self::Short(number) => {
                head(5, 2, out);
                out.extend(number.to_be_bytes());
            }
            Self::Word(number) => {
                head(6, 4, out);
                out.extend(number.to_be_bytes());
            }
            Self::Long(number) => {
                head(9, 8, out);
                out.extend(number.to_be_bytes());
            }
            Self::List(values) => {
                head(11, values.len(), out);
                values.iter().for_each(|value| value.write(out));
            }
            Self::Map(pairs) => {
                head(7, pairs.len(), out);
                for (name, value) in pairs {
                    Value::Text(name).write(out);
                    value.write(out);
                }
            }
        }
    }
}

/// What a value begins with: its type and size. Types above seven have a byte of their own.
fn head(kind: u8, size: usize, out: &mut Vec<u8>) {
    let size = u8::try_from(size).unwrap();
    assert!(size < 29, "longer ones are not needed here");
    if kind > 7 {
        out.extend([size, kind - 7]);
    } else {
        out.push(kind << 5 | size);
    }
}

/// A database in which these networks (address, length) are in these countries; none: known, but in no country.
pub(crate) fn database(networks: &[(&str, u8, Option<&str>)]) -> Vec<u8> {
    let mut tree = vec![[Branch::Nowhere; 2]];
    let mut values = Vec::new();
    for (address, length, country) in networks {
        let begins = values.len();
        let of_country = country.map(|code| ("country", Value::Map(vec![("iso_code", Value::Text(code))])));
        Value::Map(of_country.into_iter().collect()).write(&mut values);
        // Networks of IPv4 stand at ::/96.
        let (bits, length) = match address.parse().unwrap() {
            IpAddr::V4(address) => (u128::from(address.to_bits()), length + 96),
            IpAddr::V6(address) => (Ipv6Addr::to_bits(address), *length),
        };
        insert(&mut tree, bits, length, Branch::Value(begins));
    }
    written(&tree, &values)
}

fn insert(tree: &mut Vec<[Branch; 2]>, bits: u128, length: u8, leaf: Branch) {
    let mut at = 0;
    for depth in 0..length {
        let side = usize::from(bits >> (127 - depth) & 1 == 1);
        if depth + 1 == length {
            tree[at][side] = leaf;
        } else if let Branch::Node(next) = tree[at][side] {
            at = next;
        } else {
            tree.push([Branch::Nowhere; 2]);
            let next = tree.len() - 1;
            tree[at][side] = Branch::Node(next);
            at = next;
        }
    }
}

fn written(tree: &[[Branch; 2]], values: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for branch in tree.iter().flatten() {
        let record = match branch {
            Branch::Nowhere => tree.len(),
            Branch::Node(node) => *node,
            Branch::Value(begins) => tree.len() + 16 + begins,
        };
        out.extend(&u32::try_from(record).unwrap().to_be_bytes()[1..]);
    }
    out.extend([0; 16]);
    out.extend(values);
    out.extend(b"\xAB\xCD\xEFMaxMind.com");
    Value::Map(vec![
        ("binary_format_major_version", Value::Short(2)),
        ("binary_format_minor_version", Value::Short(0)),
        ("build_epoch", Value::Long(1_795_329_600)),
        ("database_type", Value::Text("Test-Country")),
        ("description", Value::Map(vec![("en", Value::Text("For tests"))])),
        ("ip_version", Value::Short(6)),
        ("languages", Value::List(vec![Value::Text("en")])),
        ("node_count", Value::Word(u32::try_from(tree.len()).unwrap())),
        ("record_size", Value::Short(24)),
    ])
    .write(&mut out);
    out
}

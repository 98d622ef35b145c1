//! Records: what a leaf seals, as JSON in the one form that RFC 8785 gives it.

use serde_json::Value;

/// Whole numbers beyond this lose digits in other people's JSON: to them, 2^53 and 2^53 + 1 are one
/// (RFC 8785, section 3.2.2.3; RFC 7493, section 2.2).
const WHOLE_MAX: u64 = (1 << 53) - 1;

/// Why a value has no canonical form here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record holds whole numbers below 2^53 in size, and no others: {0}")]
pub struct NotCanonical(String);

/// The bytes that are hashed: members sorted by their names in UTF-16, no white space (RFC 8785).
/// Numbers other than whole ones are refused, since a record has none.
pub fn canonical(value: &Value) -> Result<Vec<u8>, NotCanonical> {
    let mut out = Vec::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), NotCanonical> {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => out.extend(value.to_string().bytes()),
        Value::Number(number) => {
            let is_exact = number.as_u64().is_some_and(|n| n <= WHOLE_MAX)
                || number.as_i64().is_some_and(|n| n.unsigned_abs() <= WHOLE_MAX);
            if !is_exact {
                return Err(NotCanonical(number.to_string()));
            }
            out.extend(number.to_string().bytes());
        }
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push(b'{');
            for (i, (name, member)) in members.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                out.extend(Value::from(name.as_str()).to_string().bytes());
                out.push(b':');
                write(member, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

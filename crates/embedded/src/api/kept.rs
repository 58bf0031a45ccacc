//! Variables, and of all blocks those of type `secret`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::body::parse;
use crate::error::ApiError;
use crate::model::{BLOCK_NAMES, BlockDocument, VARIABLE_NAMES, Variable, now};
use crate::store::{ReadingRecords, Store};

/// The only type of blocks, and its only schema.
const SECRET: &str = "secret";
const SECRET_TYPE: Uuid = Uuid::from_u128(0x5ec2_e700_0000_4000_8000_0000_0000_0001);
const SECRET_SCHEMA: Uuid = Uuid::from_u128(0x5ec2_e700_0000_4000_8000_0000_0000_0002);

/// What stands for a value that was not asked for.
const OBFUSCATED: &str = "********";

/// Lower-case letters, digits and one more character.
pub(super) fn check_name(location: &[&str], name: &str, also: char) -> Result<(), ApiError> {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    if name
        .chars()
        .all(|letter| is_plain(letter) || letter == also)
    {
        return Ok(());
    }
    let text = format!("value must only contain lowercase letters, numbers, and `{also}`");
    Err(ApiError::invalid(location, text))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VariableCreate {
    name: String,
    value: Value,
    #[serde(default)]
    tags: Vec<String>,
}

pub(super) async fn create_variable(
    State(store): State<Store>,
    body: Bytes,
) -> Result<(StatusCode, Json<Variable>), ApiError> {
    let create: VariableCreate = parse(&body)?;
    check_name(&["name"], &create.name, '_')?;
    store
        .write(move |tx| {
            let key: [&[u8]; 1] = [create.name.as_bytes()];
            if tx.id_of(VARIABLE_NAMES, &key)?.is_some() {
                let name = &create.name;
                return Err(ApiError::conflict(format!(
                    "A variable with the name {name:?} already exists."
                )));
            }
            let (id, now) = (Uuid::new_v4(), now());
            tx.index(VARIABLE_NAMES, &key, id)?;
            let variable = Variable {
                id,
                created: now,
                updated: now,
                name: create.name,
                value: create.value,
                tags: create.tags,
            };
            tx.put(&variable)?;
            Ok((StatusCode::CREATED, Json(variable)))
        })
        .await
}

pub(super) async fn read_variable(
    State(store): State<Store>,
    Path(name): Path<String>,
) -> Result<Json<Variable>, ApiError> {
    store
        .read(move |tx| {
            tx.find_by(VARIABLE_NAMES, &[name.as_bytes()])?
                .map(Json)
                .ok_or_else(|| ApiError::not_found("Variable not found"))
        })
        .await
}

pub(super) async fn read_block_type(Path(slug): Path<String>) -> Result<Json<Value>, ApiError> {
    if slug != SECRET {
        return Err(ApiError::not_found(format!("Block type {slug} not found")));
    }
    Ok(Json(
        json!({ "id": SECRET_TYPE, "name": "Secret", "slug": SECRET }),
    ))
}

pub(super) async fn filter_block_schemas() -> Json<Value> {
    Json(json!([{ "id": SECRET_SCHEMA, "block_type_id": SECRET_TYPE }]))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockCreate {
    name: String,
    data: Map<String, Value>,
    block_type_id: Uuid,
    block_schema_id: Uuid,
}

pub(super) async fn create_block(
    State(store): State<Store>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let create: BlockCreate = parse(&body)?;
    check_name(&["name"], &create.name, '-')?;
    store
        .write(move |tx| {
            let is_secret =
                create.block_type_id == SECRET_TYPE && create.block_schema_id == SECRET_SCHEMA;
            let key: [&[u8]; 1] = [create.name.as_bytes()];
            if !is_secret || tx.id_of(BLOCK_NAMES, &key)?.is_some() {
                return Err(ApiError::integrity());
            }
            let (id, now) = (Uuid::new_v4(), now());
            tx.index(BLOCK_NAMES, &key, id)?;
            let block = BlockDocument {
                id,
                created: now,
                updated: now,
                name: create.name,
                data: create.data,
                block_type_id: create.block_type_id,
                block_schema_id: create.block_schema_id,
            };
            tx.put(&block)?;
            Ok((StatusCode::CREATED, Json(shown(&block, false))))
        })
        .await
}

/// A block by its type and name; values only for those who ask for them.
pub(super) async fn read_block(
    State(store): State<Store>,
    Path((slug, name)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let with_secrets = query.as_deref() == Some("include_secrets=true");
    store
        .read(move |tx| {
            let found = if slug == SECRET {
                tx.find_by::<BlockDocument>(BLOCK_NAMES, &[name.as_bytes()])?
            } else {
                None
            };
            let block = found.ok_or_else(|| ApiError::not_found("Block document not found"))?;
            Ok(Json(shown(&block, with_secrets)))
        })
        .await
}

fn shown(block: &BlockDocument, with_secrets: bool) -> Value {
    let mut shown = json!(block);
    if let (false, Some(data)) = (with_secrets, shown["data"].as_object_mut()) {
        for value in data.values_mut() {
            *value = json!(OBFUSCATED);
        }
    }
    shown
}

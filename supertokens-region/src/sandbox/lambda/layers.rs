//! Layers: listed, read, published.

use aws_sdk_lambda::operation::get_layer_version::{GetLayerVersionInput, GetLayerVersionOutput};
use aws_sdk_lambda::operation::list_layer_versions::{ListLayerVersionsInput, ListLayerVersionsOutput};
use aws_sdk_lambda::operation::list_layers::{ListLayersInput, ListLayersOutput};
use aws_sdk_lambda::operation::publish_layer_version::{PublishLayerVersionInput, PublishLayerVersionOutput};
use aws_sdk_lambda::types::{
    Architecture, LayerVersionContentOutput, LayerVersionsListItem, LayersListItem, Runtime,
};

use super::functions::PAGE;
use super::names::layer_arn;
use super::packages::Package;
use super::state::LayerVersion;
use super::writing::here_mut;
use super::{invalid_value, links, marker_page, not_found};
use crate::sandbox::call::{Call, Fault, in_region};

/// The layers with a version that fits, each with the newest of these.
pub(super) fn list_layers(call: &mut Call<'_>, input: &ListLayersInput) -> Result<ListLayersOutput, Fault> {
    let here = in_region(&call.world.lambda.regions, &call.region);
    let found = here.layers.iter().filter_map(|(name, layer)| {
        let mut newest_first = layer.versions.iter().rev();
        let (number, version) = newest_first
            .find(|(_, it)| fits(it, input.compatible_runtime(), input.compatible_architecture()))?;
        Some((name, *number, version))
    });
    let (found, next) = marker_page(found, input.marker(), input.max_items(), PAGE)?;
    let found = found.into_iter().map(|(name, number, version)| {
        LayersListItem::builder()
            .layer_name(name)
            .layer_arn(layer_arn(call, name))
            .latest_matching_version(told(call, name, number, version))
            .build()
    });
    Ok(ListLayersOutput::builder().set_layers(Some(found.collect())).set_next_marker(next).build())
}

/// The versions of a layer, the newest first; a layer that is not there has none.
pub(super) fn list_layer_versions(
    call: &mut Call<'_>,
    input: &ListLayerVersionsInput,
) -> Result<ListLayerVersionsOutput, Fault> {
    let name = own_name(call, input.layer_name())?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let versions = here.layers.get(&name).into_iter().flat_map(|layer| layer.versions.iter().rev());
    let found =
        versions.filter(|(_, it)| fits(it, input.compatible_runtime(), input.compatible_architecture()));
    let (found, next) = marker_page(found, input.marker(), input.max_items(), PAGE)?;
    let found = found.into_iter().map(|(number, version)| told(call, &name, *number, version));
    Ok(ListLayerVersionsOutput::builder()
        .set_layer_versions(Some(found.collect()))
        .set_next_marker(next)
        .build())
}

pub(super) fn get_layer_version(
    call: &mut Call<'_>,
    input: &GetLayerVersionInput,
) -> Result<GetLayerVersionOutput, Fault> {
    let name = own_name(call, input.layer_name())?;
    let number = input.version_number().unwrap_or_default();
    let number = u64::try_from(number).ok().filter(|number| *number > 0);
    let number = number.ok_or_else(|| invalid_value("Layer Version Cannot be less than 1"))?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let version = here.layers.get(&name).and_then(|layer| layer.versions.get(&number));
    let version = version.ok_or_else(|| not_found("The resource you requested does not exist."))?;
    let content = content(call, &name, number, version);
    let item = told(call, &name, number, version);
    Ok(GetLayerVersionOutput::builder()
        .content(content)
        .layer_arn(layer_arn(call, &name))
        .version(item.version)
        .set_layer_version_arn(item.layer_version_arn)
        .set_description(item.description)
        .set_created_date(item.created_date)
        .set_compatible_architectures(item.compatible_architectures)
        .set_compatible_runtimes(item.compatible_runtimes)
        .set_license_info(item.license_info)
        .build())
}

fn content(call: &Call<'_>, name: &str, number: u64, version: &LayerVersion) -> LayerVersionContentOutput {
    LayerVersionContentOutput::builder()
        .location(links::presigned(call, "awslambda-layers", &format!("layers/{name}/{number}")))
        .code_sha256(version.code.sha256())
        .code_size(version.code.size())
        .build()
}

/// Always makes a new version, whatever its content.
pub(super) fn publish_layer_version(
    call: &mut Call<'_>,
    input: &PublishLayerVersionInput,
) -> Result<PublishLayerVersionOutput, Fault> {
    let name = own_name(call, input.layer_name())?;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if name.is_empty() || name.len() > 140 || !plain {
        return Err(invalid_value(format!("Invalid Layer name: {name}")));
    }
    let runtimes: Vec<_> = input.compatible_runtimes().iter().map(|it| it.as_str().to_owned()).collect();
    if runtimes.len() > 15 {
        return Err(invalid_value("You cannot specify more than 15 compatible runtimes."));
    }
    if input.description().is_some_and(|text| text.chars().count() > 256)
        || input.license_info().is_some_and(|text| text.len() > 512)
    {
        return Err(invalid_value("The description or the license of the layer is too long."));
    }
    let package = input.content().map(Package::from);
    let package = package.ok_or_else(|| invalid_value("Content is a mandatory parameter."))?;
    let architectures = input.compatible_architectures().iter().map(|it| it.as_str().to_owned());
    let version = LayerVersion {
        description: input.description().unwrap_or_default().to_owned(),
        code: package.code(call, "PublishLayerVersion")?,
        runtimes,
        architectures: architectures.collect(),
        license: input.license_info().map(str::to_owned),
        created_at: call.world.clock,
    };
    let layer = here_mut(call).layers.entry(name.clone()).or_default();
    let number = layer.versions.keys().next_back().copied().unwrap_or_default() + 1;
    layer.versions.insert(number, version.clone());
    let item = told(call, &name, number, &version);
    Ok(PublishLayerVersionOutput::builder()
        .content(content(call, &name, number, &version))
        .layer_arn(layer_arn(call, &name))
        .version(item.version)
        .set_layer_version_arn(item.layer_version_arn)
        .set_description(item.description)
        .set_created_date(item.created_date)
        .set_compatible_architectures(item.compatible_architectures)
        .set_compatible_runtimes(item.compatible_runtimes)
        .set_license_info(item.license_info)
        .build())
}

/// The name in a name or an ARN. Other accounts' layers are not open to this one, other regions' not to be had here.
fn own_name(call: &Call<'_>, given: Option<&str>) -> Result<String, Fault> {
    let given = given.unwrap_or_default();
    let Some(rest) = given.strip_prefix("arn:") else {
        return Ok(given.to_owned());
    };
    match rest.split(':').collect::<Vec<_>>().as_slice() {
        ["aws", "lambda", region, _, "layer", ..] if *region != call.region => Err(not_found(format!(
            "Layers from '{region}' are not reachable in this region ('{}')",
            call.region
        ))),
        ["aws", "lambda", _, account, "layer", name] if *account == call.account() => Ok((*name).to_owned()),
        ["aws", "lambda", _, _, "layer", ..] => {
            let message =
                format!("User is not authorized to perform: lambda:GetLayerVersion on resource: {given}");
            Err(Fault::new("AccessDeniedException", message).status(403))
        }
        _ => Err(invalid_value(format!("Invalid Layer name: {given}"))),
    }
}

fn fits(version: &LayerVersion, runtime: Option<&Runtime>, architecture: Option<&Architecture>) -> bool {
    runtime.is_none_or(|runtime| version.runtimes.iter().any(|it| it == runtime.as_str()))
        && architecture.is_none_or(|wanted| version.architectures.iter().any(|it| it == wanted.as_str()))
}

/// A layer version as the lists tell it.
fn told(call: &Call<'_>, name: &str, number: u64, version: &LayerVersion) -> LayerVersionsListItem {
    let runtimes: Vec<Runtime> = version.runtimes.iter().map(|it| Runtime::from(it.as_str())).collect();
    let architectures: Vec<Architecture> =
        version.architectures.iter().map(|it| Architecture::from(it.as_str())).collect();
    LayerVersionsListItem::builder()
        .layer_version_arn(format!("{}:{number}", layer_arn(call, name)))
        .version(i64::try_from(number).unwrap_or(i64::MAX))
        .description(&version.description)
        .created_date(links::time(version.created_at).replace('Z', ".000+0000"))
        .set_compatible_runtimes((!runtimes.is_empty()).then_some(runtimes))
        .set_compatible_architectures((!architectures.is_empty()).then_some(architectures))
        .set_license_info(version.license.clone())
        .build()
}

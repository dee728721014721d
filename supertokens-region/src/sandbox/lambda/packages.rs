//! The code that callers bring: a zip file in the call, or an object of a bucket of the region.

use aws_sdk_lambda::types::{FunctionCode, LayerVersionContentInput};
use aws_smithy_types::Blob;

use super::invalid_value;
use super::state::{Code, LambdaRegion};
use crate::sandbox::call::{Call, Fault, in_region};

/// The longest request that AWS takes: a zip file travels in base64.
const LONGEST_REQUEST: usize = 70_167_211;
/// As large a package may be, unpacked or not.
const LARGEST: i64 = 262_144_000;

/// Where code comes from, of whichever call.
pub(super) struct Package<'i> {
    pub(super) zip: Option<&'i Blob>,
    pub(super) bucket: Option<&'i str>,
    pub(super) key: Option<&'i str>,
    pub(super) image: Option<&'i str>,
}

impl<'i> From<&'i FunctionCode> for Package<'i> {
    fn from(code: &'i FunctionCode) -> Self {
        Self { zip: code.zip_file(), bucket: code.s3_bucket(), key: code.s3_key(), image: code.image_uri() }
    }
}

impl<'i> From<&'i LayerVersionContentInput> for Package<'i> {
    fn from(code: &'i LayerVersionContentInput) -> Self {
        Self { zip: code.zip_file(), bucket: code.s3_bucket(), key: code.s3_key(), image: None }
    }
}

impl Package<'_> {
    /// The code, which AWS looks into.
    pub(super) fn code(&self, call: &Call<'_>, operation: &str) -> Result<Code, Fault> {
        let code = match (self.zip, self.bucket, self.key, self.image) {
            (Some(zip), None, None, None) => {
                if zip.as_ref().len().div_ceil(3) * 4 + 1024 > LONGEST_REQUEST {
                    let text = format!(
                        "Request must be smaller than {LONGEST_REQUEST} bytes for the {operation} operation"
                    );
                    return Err(Fault::new("RequestEntityTooLargeException", text).status(413));
                }
                Code::zip(zip.as_ref())
            }
            (None, Some(bucket), Some(key), None) => object(call, bucket, key)?,
            (None, None, None, Some(uri)) => return image(call, uri),
            _ => {
                return Err(invalid_value(
                    "Please provide a source for function code: a zip file, an S3 object or an image.",
                ));
            }
        };
        if !code.is_zip() {
            let text = "Could not unzip uploaded file. Please check your file, then try to upload again.";
            return Err(invalid_value(text));
        }
        if code.size() > LARGEST {
            return Err(invalid_value(format!("Unzipped size must be smaller than {LARGEST} bytes")));
        }
        let here = in_region(&call.world.lambda.regions, &call.region);
        let (stored, most) = (stored(&here), call.world.lambda.settings.code_storage);
        if stored + code.size() > most {
            return Err(Fault::new("CodeStorageExceededException", "Code storage limit exceeded."));
        }
        Ok(code)
    }
}

/// An image has to be in the registry of the same region.
fn image(call: &Call<'_>, uri: &str) -> Result<Code, Fault> {
    if uri.contains(&format!(".dkr.ecr.{}.amazonaws.com/", call.region)) {
        return Ok(Code::Image(uri.to_owned()));
    }
    let text = format!("Source image {uri} is not valid. Provide a valid source image.");
    Err(invalid_value(text))
}

/// Bytes of all code and layers of a region, all versions together.
pub(super) fn stored(here: &LambdaRegion) -> i64 {
    let functions = here.functions.values().flat_map(|function| {
        std::iter::once(&function.latest).chain(function.versions.values()).map(|version| version.code.size())
    });
    let layers = here.layers.values().flat_map(|layer| layer.versions.values().map(|it| it.code.size()));
    functions.chain(layers).sum()
}

/// An object of a bucket of the same region.
fn object(call: &Call<'_>, bucket: &str, key: &str) -> Result<Code, Fault> {
    let failed = |code: &str, text: &str| {
        let text = format!("Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {text}");
        Err(invalid_value(text))
    };
    let Some(found) = call.world.s3.buckets.get(bucket) else {
        return failed("NoSuchBucket", "The specified bucket does not exist");
    };
    if found.region != call.region {
        let text = format!(
            "The bucket is in this region: {}. Please use this region to retry the request",
            found.region
        );
        return failed("PermanentRedirect", &text);
    }
    match found.objects.current(key) {
        Some(object) => Ok(Code::Zip(object.content.clone())),
        None => failed("NoSuchKey", "The specified key does not exist."),
    }
}

//! Settings that can be read but, so far, not written: what AWS answers where they were never set, and an example where the
//! world says that there are some.

use aws_sdk_s3::operation::{
    get_bucket_accelerate_configuration::{
        GetBucketAccelerateConfigurationError, GetBucketAccelerateConfigurationInput,
        GetBucketAccelerateConfigurationOutput,
    },
    get_bucket_notification_configuration::{
        GetBucketNotificationConfigurationError, GetBucketNotificationConfigurationInput,
        GetBucketNotificationConfigurationOutput,
    },
    get_bucket_request_payment::{
        GetBucketRequestPaymentError, GetBucketRequestPaymentInput, GetBucketRequestPaymentOutput,
    },
    get_bucket_website::{GetBucketWebsiteError, GetBucketWebsiteInput, GetBucketWebsiteOutput},
    get_object_lock_configuration::{
        GetObjectLockConfigurationError, GetObjectLockConfigurationInput, GetObjectLockConfigurationOutput,
    },
    list_bucket_analytics_configurations::{
        ListBucketAnalyticsConfigurationsError, ListBucketAnalyticsConfigurationsInput,
        ListBucketAnalyticsConfigurationsOutput,
    },
    list_bucket_intelligent_tiering_configurations::{
        ListBucketIntelligentTieringConfigurationsError, ListBucketIntelligentTieringConfigurationsInput,
        ListBucketIntelligentTieringConfigurationsOutput,
    },
    list_bucket_inventory_configurations::{
        ListBucketInventoryConfigurationsError, ListBucketInventoryConfigurationsInput,
        ListBucketInventoryConfigurationsOutput,
    },
    list_bucket_metrics_configurations::{
        ListBucketMetricsConfigurationsError, ListBucketMetricsConfigurationsInput,
        ListBucketMetricsConfigurationsOutput,
    },
};
use aws_sdk_s3::types::{
    AnalyticsConfiguration, BucketAccelerateStatus, Event, EventBridgeConfiguration, IndexDocument,
    IntelligentTieringAccessTier, IntelligentTieringConfiguration, IntelligentTieringStatus,
    InventoryConfiguration, InventoryDestination, InventoryFormat, InventoryFrequency,
    InventoryIncludedObjectVersions, InventoryS3BucketDestination, InventorySchedule, MetricsConfiguration,
    ObjectLockConfiguration, ObjectLockEnabled, Payer, QueueConfiguration, StorageClassAnalysis, Tiering,
};

use super::{Call, Fault, Handlers, bucket, built, set};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:GetBucketWebsite", website, GetBucketWebsiteError::generic);
    handlers.on(
        "s3:GetBucketNotificationConfiguration",
        notification,
        GetBucketNotificationConfigurationError::generic,
    );
    handlers.on(
        "s3:GetBucketAccelerateConfiguration",
        accelerate,
        GetBucketAccelerateConfigurationError::generic,
    );
    handlers.on("s3:GetBucketRequestPayment", request_payment, GetBucketRequestPaymentError::generic);
    handlers.on("s3:GetObjectLockConfiguration", object_lock, GetObjectLockConfigurationError::generic);
    handlers.on(
        "s3:ListBucketInventoryConfigurations",
        inventories,
        ListBucketInventoryConfigurationsError::generic,
    );
    handlers.on(
        "s3:ListBucketAnalyticsConfigurations",
        analytics,
        ListBucketAnalyticsConfigurationsError::generic,
    );
    handlers.on("s3:ListBucketMetricsConfigurations", metrics, ListBucketMetricsConfigurationsError::generic);
    handlers.on(
        "s3:ListBucketIntelligentTieringConfigurations",
        tiers,
        ListBucketIntelligentTieringConfigurationsError::generic,
    );
}

/// Whether the world says that the bucket has this setting.
fn has(call: &mut Call<'_>, name: Option<&str>, owner: Option<&str>, what: &str) -> Result<bool, Fault> {
    Ok(bucket(call, name, owner)?.others.contains(what))
}

fn website(call: &mut Call<'_>, input: &GetBucketWebsiteInput) -> Result<GetBucketWebsiteOutput, Fault> {
    let there = has(call, input.bucket(), input.expected_bucket_owner(), "website")?;
    let text = "The specified bucket does not have a website configuration";
    set(there.then_some(&()), "NoSuchWebsiteConfiguration", text)?;
    let index = built(IndexDocument::builder().suffix("index.html").build())?;
    Ok(GetBucketWebsiteOutput::builder().index_document(index).build())
}

fn notification(
    call: &mut Call<'_>,
    input: &GetBucketNotificationConfigurationInput,
) -> Result<GetBucketNotificationConfigurationOutput, Fault> {
    let there = has(call, input.bucket(), input.expected_bucket_owner(), "notification")?;
    let queue = format!("arn:aws:sqs:{}:{}:events", call.region, call.account());
    let queue = built(QueueConfiguration::builder().queue_arn(queue).events(Event::S3ObjectCreated).build())?;
    let bridge = EventBridgeConfiguration::builder().build();
    Ok(GetBucketNotificationConfigurationOutput::builder()
        .set_queue_configurations(there.then(|| vec![queue]))
        .set_event_bridge_configuration(there.then_some(bridge))
        .build())
}

fn accelerate(
    call: &mut Call<'_>,
    input: &GetBucketAccelerateConfigurationInput,
) -> Result<GetBucketAccelerateConfigurationOutput, Fault> {
    let there = has(call, input.bucket(), input.expected_bucket_owner(), "accelerate")?;
    let status = there.then_some(BucketAccelerateStatus::Enabled);
    Ok(GetBucketAccelerateConfigurationOutput::builder().set_status(status).build())
}

fn request_payment(
    call: &mut Call<'_>,
    input: &GetBucketRequestPaymentInput,
) -> Result<GetBucketRequestPaymentOutput, Fault> {
    let there = has(call, input.bucket(), input.expected_bucket_owner(), "requester-pays")?;
    let payer = if there { Payer::Requester } else { Payer::BucketOwner };
    Ok(GetBucketRequestPaymentOutput::builder().payer(payer).build())
}

fn object_lock(
    call: &mut Call<'_>,
    input: &GetObjectLockConfigurationInput,
) -> Result<GetObjectLockConfigurationOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    set(
        bucket.object_lock.then_some(&()),
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
    )?;
    let enabled = ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled).build();
    Ok(GetObjectLockConfigurationOutput::builder().object_lock_configuration(enabled).build())
}

fn inventories(
    call: &mut Call<'_>,
    input: &ListBucketInventoryConfigurationsInput,
) -> Result<ListBucketInventoryConfigurationsOutput, Fault> {
    let there = has(call, input.bucket(), input.expected_bucket_owner(), "inventory")?;
    let to =
        InventoryS3BucketDestination::builder().bucket("arn:aws:s3:::lists").format(InventoryFormat::Csv);
    let to = InventoryDestination::builder().s3_bucket_destination(built(to.build())?).build();
    let schedule = built(InventorySchedule::builder().frequency(InventoryFrequency::Daily).build())?;
    let one = InventoryConfiguration::builder()
        .id("daily")
        .is_enabled(true)
        .destination(to)
        .schedule(schedule)
        .included_object_versions(InventoryIncludedObjectVersions::Current);
    let one = built(one.build())?;
    Ok(ListBucketInventoryConfigurationsOutput::builder()
        .set_inventory_configuration_list(there.then(|| vec![one]))
        .is_truncated(false)
        .build())
}

fn analytics(
    call: &mut Call<'_>,
    input: &ListBucketAnalyticsConfigurationsInput,
) -> Result<ListBucketAnalyticsConfigurationsOutput, Fault> {
    let there = has(call, input.bucket(), input.expected_bucket_owner(), "analytics")?;
    let analysis = StorageClassAnalysis::builder().build();
    let one = built(AnalyticsConfiguration::builder().id("all").storage_class_analysis(analysis).build())?;
    Ok(ListBucketAnalyticsConfigurationsOutput::builder()
        .set_analytics_configuration_list(there.then(|| vec![one]))
        .is_truncated(false)
        .build())
}

fn metrics(
    call: &mut Call<'_>,
    input: &ListBucketMetricsConfigurationsInput,
) -> Result<ListBucketMetricsConfigurationsOutput, Fault> {
    let there = has(call, input.bucket(), input.expected_bucket_owner(), "metrics")?;
    let one = built(MetricsConfiguration::builder().id("all").build())?;
    Ok(ListBucketMetricsConfigurationsOutput::builder()
        .set_metrics_configuration_list(there.then(|| vec![one]))
        .is_truncated(false)
        .build())
}

fn tiers(
    call: &mut Call<'_>,
    input: &ListBucketIntelligentTieringConfigurationsInput,
) -> Result<ListBucketIntelligentTieringConfigurationsOutput, Fault> {
    let there = has(call, input.bucket(), input.expected_bucket_owner(), "intelligent-tiering")?;
    let tier = Tiering::builder().days(90).access_tier(IntelligentTieringAccessTier::ArchiveAccess);
    let one = IntelligentTieringConfiguration::builder()
        .id("all")
        .status(IntelligentTieringStatus::Enabled)
        .tierings(built(tier.build())?);
    let one = built(one.build())?;
    Ok(ListBucketIntelligentTieringConfigurationsOutput::builder()
        .set_intelligent_tiering_configuration_list(there.then(|| vec![one]))
        .is_truncated(false)
        .build())
}

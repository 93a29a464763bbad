//! What librdkafka says, in our log.

use rdkafka::config::RDKafkaLogLevel;

/// Lines of librdkafka, in our log.
pub fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
            tracing::error!("Kafka: {facility}: {message}");
        }
        RDKafkaLogLevel::Warning => tracing::warn!("Kafka: {facility}: {message}"),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => tracing::info!("Kafka: {facility}: {message}"),
        RDKafkaLogLevel::Debug => tracing::debug!("Kafka: {facility}: {message}"),
    }
}

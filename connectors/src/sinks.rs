//! Transports in the other direction: what sends readings.

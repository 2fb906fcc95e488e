//! A simulated MikroTik router.

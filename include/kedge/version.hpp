#pragma once

// The one place where Kedge's version is stated; the build and the packages read it here.
#define KEDGE_VERSION_MAJOR 0
#define KEDGE_VERSION_MINOR 1
#define KEDGE_VERSION_PATCH 0
#define KEDGE_VERSION_STRING "0.1.0"

/// The version as one number that grows with it: 1.2.3 is 10203.
#define KEDGE_VERSION (KEDGE_VERSION_MAJOR * 10000 + KEDGE_VERSION_MINOR * 100 + KEDGE_VERSION_PATCH)

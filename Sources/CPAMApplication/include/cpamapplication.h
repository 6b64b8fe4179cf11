// libpam's application interface: for the service, which has passwords confirmed. The module never includes it.
#ifndef TWOSTEP_CPAMAPPLICATION_H
#define TWOSTEP_CPAMAPPLICATION_H

#include <security/pam_appl.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#endif

// libqrencode: QR codes for the enrolment dialogue (the tool only, never the module).
#ifndef TWOSTEP_CQRENCODE_H
#define TWOSTEP_CQRENCODE_H

#include <qrencode.h>

#endif

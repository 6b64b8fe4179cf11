#include "cpamapplication.h"

const unsigned char net[] = { 0x1c, 0x00 };

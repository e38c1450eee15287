/*
 * $Date:        1 January 2031
 * $Revision:    V.20.0.0
 */

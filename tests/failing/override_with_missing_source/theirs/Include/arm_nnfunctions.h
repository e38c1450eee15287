/* $Revision:    V.18.0.0 */

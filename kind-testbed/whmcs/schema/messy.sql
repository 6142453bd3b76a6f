-- What years leave behind: a character set of before, an engine of before.
ALTER TABLE `tblcontacts` CONVERT TO CHARACTER SET latin1 COLLATE latin1_swedish_ci;
ALTER TABLE `tblnotes` CONVERT TO CHARACTER SET latin1 COLLATE latin1_swedish_ci;
ALTER TABLE `mod_proxmoxvm` CONVERT TO CHARACTER SET latin1 COLLATE latin1_swedish_ci;
ALTER TABLE `tblactivitylog` ENGINE = MyISAM;
ALTER TABLE `tblcancelrequests` ENGINE = MyISAM;
ALTER TABLE `mod_pvewhmcs_logs` ENGINE = MyISAM;

-- Makes the tables of WHMCS 7.4 to 7.6 of those of 8.13, while they are empty.
--
-- The rules: users are not split from clients, pay methods are columns of tblclients, money has ten digits, invoices are
-- signed, and what later releases added is gone. Options, answers and custom fields are the same.
SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION';

DROP TABLE `tblusers`, `tblusers_clients`, `tbluser_invites`, `tblpaymethods`, `tblcreditcards`, `tblbankaccts`, `tblproducts_slugs`, `tblproduct_recommendations`, `tblondemandrenewals`, `tblservicedata`;

ALTER TABLE `tblclients`
  DROP `tax_id`,
  DROP `marketing_emails_opt_in`,
  DROP `email_preferences`,
  MODIFY `credit` decimal(10,2) NOT NULL;
ALTER TABLE `tblcontacts`
  DROP `tax_id`;
ALTER TABLE `tblproductgroups`
  DROP `slug`;
ALTER TABLE `tblproducts`
  DROP `slug`,
  DROP `color`,
  DROP `tagline`,
  DROP `short_description`,
  MODIFY `affiliatepayamount` decimal(10,2) NOT NULL;
ALTER TABLE `tblpricing`
  MODIFY `type` enum('product','addon','configoptions','domainregister','domaintransfer','domainrenew','domainaddons') NOT NULL,
  MODIFY `msetupfee` decimal(10,2) NOT NULL,
  MODIFY `qsetupfee` decimal(10,2) NOT NULL,
  MODIFY `ssetupfee` decimal(10,2) NOT NULL,
  MODIFY `asetupfee` decimal(10,2) NOT NULL,
  MODIFY `bsetupfee` decimal(10,2) NOT NULL,
  MODIFY `tsetupfee` decimal(10,2) NOT NULL,
  MODIFY `monthly` decimal(10,2) NOT NULL,
  MODIFY `quarterly` decimal(10,2) NOT NULL,
  MODIFY `semiannually` decimal(10,2) NOT NULL,
  MODIFY `annually` decimal(10,2) NOT NULL,
  MODIFY `biennially` decimal(10,2) NOT NULL,
  MODIFY `triennially` decimal(10,2) NOT NULL;
ALTER TABLE `tbladdons`
  DROP `allowqty`,
  DROP `prorate`,
  DROP `autolinkby`;
ALTER TABLE `tblpromotions`
  MODIFY `value` decimal(10,2) NOT NULL DEFAULT 0.00;
ALTER TABLE `tblservers`
  MODIFY `monthlycost` decimal(10,2) NOT NULL DEFAULT 0.00;
ALTER TABLE `tblorders`
  DROP `requestor_id`,
  DROP `admin_requestor_id`,
  DROP `purchase_source`,
  DROP `has_referral_products`,
  MODIFY `amount` decimal(10,2) NOT NULL,
  MODIFY `invoiceid` int(10) NOT NULL DEFAULT 0;
ALTER TABLE `tblhosting`
  DROP `qty`,
  DROP `promocount`,
  DROP `recommendation_source_product_id`,
  DROP `upsell_from_products`,
  MODIFY `firstpaymentamount` decimal(10,2) NOT NULL DEFAULT 0.00,
  MODIFY `amount` decimal(10,2) NOT NULL DEFAULT 0.00;
ALTER TABLE `tblhostingaddons`
  DROP `qty`,
  DROP `firstpaymentamount`,
  DROP `proratadate`,
  DROP `subscriptionid`,
  DROP `upsell_from_products`,
  MODIFY `setupfee` decimal(10,2) NOT NULL DEFAULT 0.00,
  MODIFY `recurring` decimal(10,2) NOT NULL DEFAULT 0.00;
ALTER TABLE `tblupgrades`
  MODIFY `amount` decimal(10,2) NOT NULL,
  MODIFY `credit_amount` decimal(10,2) NOT NULL,
  MODIFY `new_recurring_amount` decimal(10,2) NOT NULL,
  MODIFY `recurringchange` decimal(10,2) NOT NULL;
ALTER TABLE `tbldomains`
  MODIFY `firstpaymentamount` decimal(10,2) NOT NULL DEFAULT 0.00,
  MODIFY `recurringamount` decimal(10,2) NOT NULL;
ALTER TABLE `tbldomainpricing`
  MODIFY `grace_period_fee` decimal(10,2) NOT NULL DEFAULT 0.00,
  MODIFY `redemption_grace_period_fee` decimal(10,2) NOT NULL DEFAULT -1.00;
ALTER TABLE `tbltax`
  MODIFY `taxrate` decimal(10,2) NOT NULL DEFAULT 0.00;
ALTER TABLE `tblinvoices`
  DROP `date_refunded`,
  DROP `date_cancelled`,
  DROP `paymethodid`,
  DROP `created_at`,
  DROP `updated_at`,
  MODIFY `id` int(10) NOT NULL AUTO_INCREMENT,
  MODIFY `subtotal` decimal(10,2) NOT NULL,
  MODIFY `credit` decimal(10,2) NOT NULL,
  MODIFY `tax` decimal(10,2) NOT NULL,
  MODIFY `tax2` decimal(10,2) NOT NULL,
  MODIFY `total` decimal(10,2) NOT NULL DEFAULT 0.00,
  MODIFY `taxrate` decimal(10,2) NOT NULL DEFAULT 0.00,
  MODIFY `taxrate2` decimal(10,2) NOT NULL DEFAULT 0.00;
ALTER TABLE `tblinvoiceitems`
  MODIFY `invoiceid` int(10) NOT NULL DEFAULT 0,
  MODIFY `amount` decimal(10,2) NOT NULL DEFAULT 0.00;
ALTER TABLE `tblinvoicedata`
  MODIFY `invoice_id` int(10) NOT NULL DEFAULT 0;
ALTER TABLE `mod_invoicedata`
  DROP `version`,
  MODIFY `invoiceid` int(10) NOT NULL;
ALTER TABLE `tblaccounts`
  MODIFY `amountin` decimal(10,2) NOT NULL DEFAULT 0.00,
  MODIFY `fees` decimal(10,2) NOT NULL DEFAULT 0.00,
  MODIFY `amountout` decimal(10,2) NOT NULL DEFAULT 0.00,
  MODIFY `rate` decimal(10,5) NOT NULL DEFAULT 1.00000,
  MODIFY `invoiceid` int(10) NOT NULL DEFAULT 0;
ALTER TABLE `tblcredit`
  DROP `admin_id`,
  MODIFY `amount` decimal(10,2) NOT NULL;
ALTER TABLE `tbltransaction_history`
  MODIFY `invoice_id` int(10) NOT NULL DEFAULT 0,
  MODIFY `amount` decimal(10,2) NOT NULL DEFAULT 0.00;
ALTER TABLE `tblbillableitems`
  MODIFY `amount` decimal(10,2) NOT NULL;
ALTER TABLE `tblquotes`
  DROP `tax_id`,
  MODIFY `subtotal` decimal(10,2) NOT NULL,
  MODIFY `tax1` decimal(10,2) NOT NULL,
  MODIFY `tax2` decimal(10,2) NOT NULL,
  MODIFY `total` decimal(10,2) NOT NULL;
ALTER TABLE `tblquoteitems`
  MODIFY `unitprice` decimal(10,2) NOT NULL,
  MODIFY `discount` decimal(10,2) NOT NULL;
ALTER TABLE `tblaffiliates`
  MODIFY `payamount` decimal(10,2) NOT NULL,
  MODIFY `balance` decimal(10,2) NOT NULL DEFAULT 0.00,
  MODIFY `withdrawn` decimal(10,2) NOT NULL DEFAULT 0.00;
ALTER TABLE `tblaffiliateshistory`
  MODIFY `invoice_id` int(10) NOT NULL DEFAULT 0,
  MODIFY `amount` decimal(10,2) NOT NULL;
ALTER TABLE `tblaffiliatespending`
  MODIFY `invoice_id` int(10) NOT NULL DEFAULT 0,
  MODIFY `amount` decimal(10,2) NOT NULL;
ALTER TABLE `tblaffiliateswithdrawals`
  MODIFY `amount` decimal(10,2) NOT NULL;
ALTER TABLE `tblticketdepartments`
  DROP `prevent_client_closure`,
  DROP `mail_auth_config`;
ALTER TABLE `tbltickets`
  DROP `requestor_id`,
  DROP `prevent_client_closure`,
  DROP `pinned_at`;
ALTER TABLE `tblticketreplies`
  DROP `requestor_id`;
ALTER TABLE `tblemails`
  DROP `pending`,
  DROP `message_data`,
  DROP `failed`,
  DROP `failure_reason`,
  DROP `retry_count`,
  DROP `created_at`,
  DROP `updated_at`,
  DROP `campaign_id`;
ALTER TABLE `tblactivitylog`
  DROP `user_id`,
  DROP `admin_id`;
ALTER TABLE `tbladmins`
  DROP `mixpanel_tracking_enabled`;
ALTER TABLE `tblconfiguration`
  MODIFY `value` text NOT NULL;

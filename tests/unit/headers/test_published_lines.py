"""Lines as they were published, word for word: in standards, makers' documentation, and public lists and trackers.

None was made up to fit the reader. The name of each case says where it was printed; where a private person stood in
it, only the mailbox's name was changed.
"""

from datetime import datetime
from pathlib import Path

import pytest

from gatepost.headers import NOBODY, Analysis, Own, Role, analyse, sentence_of, values
from gatepost.headers.antispam import taken_by_exchange
from gatepost.headers.received import Received, read_received

SAMPLES = Path(__file__).parent / "samples"
RFC_8617_B = (
    "from example.org (example.org [208.69.40.157]) by gmail.example with ESMTP id d200mr22663000ykb.93.1421363207 "
    "for <fmartin@example.com>; Thu, 14 Jan 2015 15:02:40 -0800 (PST)",
    "from segv.d1.example (segv.d1.example [72.52.75.15]) by lists.example.org (8.14.5/8.14.5) with ESMTP id "
    "t0EKaNU9010123 for <arc@example.org>; Thu, 14 Jan 2015 15:01:30 -0800 (PST) (envelope-from jqd@d1.example)",
    "from [2001:DB8::1A] (w-x-y-z.dsl.static.isp.example [w.x.y.z]) (authenticated bits=0) by segv.d1.example with "
    "ESMTP id t0FN4a8O084569; Thu, 14 Jan 2015 15:00:01 -0800 (PST) (envelope-from jqd@d1.example)",
)


def case(source: str, line: str, *, at: str, **parts: object) -> object:
    """A line, its time in UTC, and the parts to look at; `tls` is the version and cipher, or whether there was any."""
    return pytest.param(line, {"at": at, **parts}, id=source)


def told(received: Received, part: str) -> object:
    match part:
        case "at":
            return None if received.moment is None else f"{received.moment.at:%Y-%m-%dT%H:%M:%S}"
        case "tls":
            told = received.tls
            return (told.version, told.cipher) if told.version or told.cipher else told.used
        case "product":
            return str(received.product)
        case _:
            return getattr(received, part)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # --- standards
        case(
            "RFC 5321, D.3",
            "from bar.com by foo.com ; Thu, 21 May 1998 05:33:29 -0700",
            at="1998-05-21T12:33:29",
            hello="bar.com",
            host="foo.com",
        ),
        case(
            "RFC 5322, A.4, the newer line",
            "from x.y.test by example.net via TCP with ESMTP id ABC12345 for <mary@example.net>;  21 Nov 1997 10:05:43 "
            "-0600",
            at="1997-11-21T16:05:43",
            host="example.net",
            via="TCP",
            with_="ESMTP",
            id="ABC12345",
            for_="mary@example.net",
        ),
        case(
            "RFC 5322, A.4, the older line",
            "from node.example by x.y.test; 21 Nov 1997 10:01:22 -0600",
            at="1997-11-21T16:01:22",
            hello="node.example",
            host="x.y.test",
        ),
        case(
            "RFC 8617, B, a list's line with the envelope behind the date",
            RFC_8617_B[1],
            at="2015-01-14T23:01:30",
            name="segv.d1.example",
            product="sendmail",
            envelope_from="jqd@d1.example",
        ),
        case(
            "RFC 8617, B, an address that is none in the comment",
            RFC_8617_B[2],
            at="2015-01-14T23:00:01",
            hello="[2001:DB8::1A]",
            address="2001:db8::1a",
            host="segv.d1.example",
        ),
        case(
            "RFC 8601, B.4, the month before the day",
            "from dialup-1-2-3-4.example.net (dialup-1-2-3-4.example.net [192.0.2.200]) by mail-router.example.com "
            "(8.11.6/8.11.6) with ESMTPA id g1G0r1kA003489; Fri, Feb 15 2002 17:19:07 -0800",
            at="2002-02-16T01:19:07",
            address="192.0.2.200",
            with_="ESMTPA",
            product="sendmail",
        ),
        # --- Microsoft
        case(
            "Exchange 2007 SDK, received Field, first example",
            "from dfunk (xyz.fourthcoffee.com [192.168.204.10]) by dfssl.contoso.com with SMTP (Microsoft Exchange "
            "Internet Mail Service Version 5.5.2232.9) id VDCMJG3C; Sat, 17 Oct 1998 23:28:29 -0700",
            at="1998-10-18T06:28:29",
            hello="dfunk",
            address="192.168.204.10",
            id="VDCMJG3C",
        ),
        case(
            "Exchange 2007 SDK, received Field, second example",
            "from jmith (xyz.fourthcoffee.com [192.168.5.236]) by fourthcoffee.com (8.9.0/8.7.3) with SMTP id "
            "BAA08159; Sun, 18 Oct 1998 01:31:28 -0500 (CDT)",
            at="1998-10-18T06:31:28",
            product="sendmail",
            name="xyz.fourthcoffee.com",
        ),
        case(
            "Haraka issue 3280, handed into a mailbox",
            "from SEZPR04MB8139.apcprd04.prod.outlook.com (2603:1096:101:250::13) by "
            "SI6PR04MB8283.apcprd04.prod.outlook.com with HTTPS; Sat, 2 Mar 2024 07:04:26 +0000",
            at="2024-03-02T07:04:26",
            product="Exchange Online",
            with_="HTTPS",
            tls=True,
        ),
        case(
            "FiltaQuilla issue 243, from EOP to the hub",
            "from VI1EUR06FT040.eop-eur06.prod.protection.outlook.com (2603:10a6:d10:ac:cafe::9a) by "
            "FR0P281CA0218.outlook.office365.com (2603:10a6:d10:ac::14) with Microsoft SMTP Server (version=TLS1_2, "
            "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.7113.15 via Frontend Transport; Sun, 17 Dec 2023 "
            "17:05:22 +0000",
            at="2023-12-17T17:05:22",
            product="Exchange Online",
            via="Frontend Transport",
            tls=("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        ),
        case(
            "exchangelib issue 788, within a mailbox server",
            "from PR2PR03MB5291.eurprd03.prod.outlook.com ([fe80::782f:9f72:c616:bec]) by "
            "PR2PR03MB5291.eurprd03.prod.outlook.com ([fe80::782f:9f72:c616:bec%7]) with mapi id 15.20.3174.029; Fri, "
            "17 Jul 2020 13:28:45 +0000",
            at="2020-07-17T13:28:45",
            address="fe80::782f:9f72:c616:bec",
            local=True,
        ),
        # --- Gmail and Amazon
        case(
            "Gmail Help, Reading full email headers (2010), within",
            "by 10.36.81.3 with SMTP id e3cs239nzb; Tue, 29 Mar 2005 15:11:47 -0800 (PST)",
            at="2005-03-29T23:11:47",
            host="10.36.81.3",
            hello="",
            address="",
        ),
        case(
            "Gmail Help, Reading full email headers (2010), at the door",
            "from mail.emailprovider.com (mail.emailprovider.com [111.111.11.111]) by mx.gmail.com with SMTP id "
            "h19si826631rnb.2005.03.29.15.11.46; Tue, 29 Mar 2005 15:11:47 -0800 (PST)",
            at="2005-03-29T23:11:47",
            product="Gmail",
            id="h19si826631rnb.2005.03.29.15.11.46",
            address="111.111.11.111",
        ),
        case(
            "Gmail Help, Reading full email headers (2010), a zone in letters",
            "from [11.11.111.111] by mail.emailprovider.com via HTTP; Tue, 29 Mar 2005 15:11:45 PST",
            at="2005-03-29T23:11:45",
            via="HTTP",
            address="11.11.111.111",
        ),
        case(
            "Amazon SES Developer Guide, Email format",
            "from abc.smtp-out.amazonses.com (123.45.67.89) by in.example.com (87.65.43.210); Fri, 17 Dec 2010 "
            "14:26:22",
            at="2010-12-17T14:26:22",
            address="123.45.67.89",
            host="in.example.com",
        ),
        case(
            "AWS re:Post, How do I use email headers to identify the sender",
            "from ip-198-51-100-1 (ec2-192-0-2-0.eu-west-2.compute.amazonaws.com. [192.0.2.0]) by mx.example.com with "
            "ESMTPS id abcdef1234567qrs.789.2021.04.30.20.39.46 for <alice@example.com> (version=TLS1_2 "
            "cipher=ECDHE-ECDSA-AES128-SHA bits=128/128); Fri, 30 Apr 2021 20:39:46 -0700 (PDT)",
            at="2021-05-01T03:39:46",
            name="ec2-192-0-2-0.eu-west-2.compute.amazonaws.com",
            tls=("TLSv1.2", "ECDHE-ECDSA-AES128-SHA"),
        ),
        case(
            "Amazon SES Developer Guide, notification of received mail",
            "from a9-183.smtp-out.amazonses.com (a9-183.smtp-out.amazonses.com [54.240.9.183]) by "
            "inbound-smtp.us-east-1.amazonaws.com with SMTP id d6iitobk75ur44p8kdnnp7g2n800 for recipient@example.com; "
            "Fri, 11 Sep 2015 20:32:33 +0000 (UTC)",
            at="2015-09-11T20:32:33",
            product="Amazon SES",
            for_="recipient@example.com",
        ),
        # --- servers
        case(
            "Haraka pull request 2916, before",
            "from smtp.github.com (out-26.smtp.github.com [192.30.252.209]) by censored (Haraka) with ESMTPS id "
            "8C63B826-630C-4AC8-A969-09AF5E3EA70C.1 envelope-from <noreply@github.com> (version=TLSv1.2 "
            "cipher=ECDHE-RSA-AES128-GCM-SHA256); Sun, 24 Jan 2021 18:12:30 +0000",
            at="2021-01-24T18:12:30",
            product="Haraka",
            envelope_from="noreply@github.com",
            tls=("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"),
        ),
        case(
            "Haraka pull request 2916, after",
            "from smtp.github.com (out-17.smtp.github.com [192.30.252.200]) by censored (Haraka) with ESMTPS id "
            "A1FA2F1F-87C5-4DE6-B712-A76A1073EB0D.1 envelope-from <noreply@github.com> tls "
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; Mon, 25 Jan 2021 03:08:26 +0000",
            at="2021-01-25T03:08:26",
            product="Haraka",
            tls=("", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        ),
        case(
            "Haraka pull request 241, a client that greets with an address, and OpenSSL's name for every cipher",
            "from 188-223-62-1.zone14.bethere.co.uk ([192.168.30.103] [188.223.62.1]) by mail1-ec2.fsl.com "
            "(Haraka/1.3.3) with ESMTPSA id E5D4345F-0627-48D5-ABB8-367D3A753E15.1 envelope-from <somebody@fsl.com> "
            "(authenticated bits=0) (version=TLSv1/SSLv3 cipher=AES128-SHA verify=FAIL); Tue, 28 Aug 2012 15:26:19 "
            "+0000",
            at="2012-08-28T15:26:19",
            hello="[192.168.30.103]",
            address="188.223.62.1",
            name="188-223-62-1.zone14.bethere.co.uk",
            tls=("", "AES128-SHA"),
        ),
        case(
            "OpenSMTPD issue 514, TLS outside a comment",
            "from l (localhost [127.0.0.1]) by debug.poolp.org (OpenSMTPD) with ESMTPSA id ca28ec68 TLS "
            "version=TLSv1/SSLv3 cipher=ECDHE-RSA-CHACHA20-POLY1305 bits=256 verify=NO auth=yes user=somebody for "
            "<somebody@poolp.org>; Fri, 30 Jan 2015 23:50:12 +0100 (CET)",
            at="2015-01-30T22:50:12",
            product="OpenSMTPD",
            for_="somebody@poolp.org",
            tls=("", "ECDHE-RSA-CHACHA20-POLY1305"),
        ),
        case(
            "stable@vger.kernel.org, January 2024, OpenSMTPD with TLS",
            "from largo.jsg.id.au (largo.jsg.id.au [192.168.1.43]) by lechuck.jsg.id.au (OpenSMTPD) with ESMTPS id "
            "96f08978 (TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO); Fri, 26 Jan 2024 20:51:12 +1100 (AEDT)",
            at="2024-01-26T09:51:12",
            product="OpenSMTPD",
            tls=("TLSv1.3", "TLS_AES_256_GCM_SHA384"),
            local=False,
        ),
        case(
            "stable@vger.kernel.org, January 2024, OpenSMTPD's own queue",
            "from localhost (largo.jsg.id.au [local]) by largo.jsg.id.au (OpenSMTPD) with ESMTPA id ffb24e39; Fri, 26 "
            "Jan 2024 20:51:11 +1100 (AEDT)",
            at="2024-01-26T09:51:11",
            local=True,
        ),
        case(
            "Mailu issue 2004, Exim with its cipher behind tls",
            "from [37.201.193.1] (helo=smtpclient.apple) by smtprelay08.example.com with esmtpsa  (TLS1.2) tls "
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 (Exim 4.94.2) (envelope-from <kai@example.com>) id "
            "1mY7WH-000350-LT for kai@example.com; Wed, 06 Oct 2021 16:03:41 +0200",
            at="2021-10-06T14:03:41",
            product="Exim",
            hello="smtpclient.apple",
            address="37.201.193.1",
            tls=("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        ),
        case(
            "qemu-devel, December 2021, Exim with the client's port",
            "from mx0a-001b2d01.pphosted.com ([148.163.156.1]:32194) by eggs.gnu.org with esmtps "
            "(TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256) (Exim 4.90_1) (envelope-from <somebody@linux.ibm.com>) id "
            "1muXH8-0001w0-Q7; Tue, 07 Dec 2021 05:00:44 -0500",
            at="2021-12-07T10:00:44",
            product="Exim",
            address="148.163.156.1",
            name="mx0a-001b2d01.pphosted.com",
            tls=("TLSv1.2", "ECDHE_RSA_AES_256_GCM_SHA384"),
        ),
        case(
            "mailcow pull request 1209 and dm-devel, January 2020, Postfix with TLS",
            "from smtp.corp.redhat.com (int-mx03.intmail.prod.int.phx2.redhat.com [10.5.11.13]) (using TLSv1.2 with "
            "cipher AECDH-AES256-SHA (256/256 bits)) (No client certificate requested) by mimecast-mx01.redhat.com "
            "(Postfix) with ESMTPS id 330C08D6A75; Tue, 14 Jan 2020 16:15:41 +0000 (UTC)",
            at="2020-01-14T16:15:41",
            product="Postfix",
            tls=("TLSv1.2", "AECDH-AES256-SHA"),
        ),
        case(
            "git@vger.kernel.org, July 2021, sendmail of a distribution",
            "from vmdpcl078.ac.aixigo.de (vmdpcl078.ac.aixigo.de [172.19.97.224]) by mailhost.ac.aixigo.de "
            "(8.15.2/8.15.2/Debian-14~deb10u1) with ESMTPS id 16S7iPKa038394 (version=TLSv1.3 "
            "cipher=TLS_AES_128_GCM_SHA256 bits=128 verify=NOT); Wed, 28 Jul 2021 09:44:25 +0200",
            at="2021-07-28T07:44:25",
            product="sendmail",
            tls=("TLSv1.3", "TLS_AES_128_GCM_SHA256"),
        ),
        case(
            "pastebin Ts1j8ayY, sendmail from its own command",
            "(from root@localhost) by mydomain (8.15.2/8.15.2/Submit) id w84AkK7V000957; Tue, 4 Sep 2018 12:46:20 "
            "+0200",
            at="2018-09-04T10:46:20",
            product="sendmail",
            local=True,
        ),
        case(
            "pastebin v8Fszh0L, qmail with TLS",
            "from 35.mxf.protecmail.com (HELO 35.mxf.protecmail.co) (149.202.181.146) by 12.mxout.protecmail.com with "
            "ESMTPS (AES128-GCM-SHA256 encrypted); 8 May 2019 13:21:11 -0000",
            at="2019-05-08T13:21:11",
            hello="35.mxf.protecmail.co",
            name="35.mxf.protecmail.com",
            address="149.202.181.146",
            tls=True,
        ),
        case(
            "Scribd 411336404, qmail by itself",
            "(qmail 6338 invoked by uid 399); 14 Aug 2013 07:59:33 -0000",
            at="2013-08-14T07:59:33",
            product="qmail",
            local=True,
        ),
        # --- gateways
        case(
            "netdev, Proofpoint to Postfix, July 2025",
            "from mx0a-0031df01.pphosted.com (mx0a-0031df01.pphosted.com [205.220.168.131]) by gabe.freedesktop.org "
            "(Postfix) with ESMTPS id 21FB210E59C for <dri-devel@lists.freedesktop.org>; Tue,  1 Jul 2025 11:48:03 "
            "+0000 (UTC)",
            at="2025-07-01T11:48:03",
            product="Postfix",
            name="mx0a-0031df01.pphosted.com",
        ),
        case(
            "dri-devel, July 2025, Proofpoint within",
            "from pps.filterd (m0279866.ppops.net [127.0.0.1]) by mx0a-0031df01.pphosted.com (8.18.1.2/8.18.1.2) with "
            "ESMTP id 5618lCvZ026544; Tue, 1 Jul 2025 11:47:54 GMT",
            at="2025-07-01T11:47:54",
            product="Proofpoint",
            address="127.0.0.1",
        ),
        case(
            "linux-modules, June 2025, Mimecast",
            "from mail-wr1-f69.google.com (mail-wr1-f69.google.com [209.85.221.69]) by relay.mimecast.com with ESMTP "
            "with STARTTLS (version=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384) id us-mta-114-XZxkpyrZM3q0qwMf9v2lhQ-1; "
            "Thu, 05 Jun 2025 09:43:26 -0400",
            at="2025-06-05T13:43:26",
            product="Mimecast",
            with_="ESMTP; STARTTLS",
            tls=("TLSv1.3", "TLS_AES_256_GCM_SHA384"),
        ),
        case(
            "dm-devel, January 2020, Mimecast before it named the cipher",
            "from mimecast-mx01.redhat.com (mimecast-mx01.redhat.com [209.132.183.4]) (Using TLS) by "
            "relay.mimecast.com with ESMTP id us-mta-167-JoABfTz-ORWIOUdXIZWgJQ-1; Tue, 14 Jan 2020 11:15:50 -0500",
            at="2020-01-14T16:15:50",
            product="Mimecast",
            tls=True,
        ),
        case(
            "Postini help, X-PSTN Headers, Received Header",
            "from source ([12.158.40.254]) (using TLSv1) by exprodNmxM.postini.com; Wed, 08 Jan 2007 14:39:55 PST",
            at="2007-01-08T22:39:55",
            address="12.158.40.254",
            tls=("TLSv1", ""),
        ),
        case(
            "Scribd 411336404, IronPort",
            "from jhemtmwex3.win.ad.fsg.edu (HELO exchange.fsg.edu) ([10.181.198.38]) by ipex1.fsg.edu with "
            "ESMTP/TLS/AES128-SHA; 14 Aug 2013 08:59:29 -0400",
            at="2013-08-14T12:59:29",
            hello="exchange.fsg.edu",
            address="10.181.198.38",
            tls=("", "AES128-SHA"),
        ),
        case(
            "linux-s390, March 2021, ZMailer with the greeting in quotes",
            'from mx0b-001b2d01.pphosted.com ([148.163.158.5]:63143 "EHLO mx0a-001b2d01.pphosted.com" '
            "rhost-flags-OK-OK-OK-FAIL) by vger.kernel.org with ESMTP id S232518AbhCOPNn (ORCPT "
            "<rfc822;linux-s390@vger.kernel.org>); Mon, 15 Mar 2021 11:13:43 -0400",
            at="2021-03-15T15:13:43",
            hello="mx0a-001b2d01.pphosted.com",
            address="148.163.158.5",
            id="S232518AbhCOPNn",
        ),
        case(
            "linux-s390, March 2021, a list's own line",
            "(majordomo@vger.kernel.org) by vger.kernel.org via listexpand id S231496AbhCOPNz (ORCPT "
            "<rfc822;lists+linux-s390@lfdr.de>); Mon, 15 Mar 2021 11:13:55 -0400",
            at="2021-03-15T15:13:55",
            host="vger.kernel.org",
            via="listexpand",
        ),
        case(
            "Apache James pull request 1976",
            "from localhost (EHLO localhost) ([127.0.0.1]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384) by "
            "hp-HP-ProBook-440-G5 (JAMES SMTP Server ) with ESMTPA ID f3184f40 for <rcpt@localhost>; Mon, 05 Feb 2024 "
            "10:14:49 +0100 (CET)",
            at="2024-02-05T09:14:49",
            address="127.0.0.1",
            id="f3184f40",
            tls=("TLSv1.3", "TLS_AES_256_GCM_SHA384"),
        ),
        case(
            "Stalwart issue 762",
            "from mail-ed1-x532.google.com (mail-ed1-x532.google.com [2a00:1450:4864:20::532]) (using TLSv1.3 with "
            "cipher TLS13_AES_256_GCM_SHA384) by mail.stalw.art (Stalwart SMTP) with ESMTPS id 2C1016A48C03010; Sat, "
            "21 Sep 2024 07:37:20 +0000",
            at="2024-09-21T07:37:20",
            address="2a00:1450:4864:20::532",
            tls=("TLSv1.3", "TLS13_AES_256_GCM_SHA384"),
        ),
    ],
)
def test_a_published_line_is_read(line: str, expected: dict[str, object]) -> None:
    received = read_received(line)
    assert {part: told(received, part) for part in expected} == expected


@pytest.mark.parametrize(
    "line",
    [
        "from x (a [local]) by mx.test (Postfix) with SMTP id 1; x",
        "from x ([192.0.2.1] helo=y [local]) by mx.test with smtp (Exim 4.96) id 1; x",
        "from x (from root@localhost) (a.test [192.0.2.1]) by mx.test (8.17.1/8.17.1) with SMTP id 1; x",
        "from x (qmail 1 invoked by uid 0) (192.0.2.1) by mx.test with SMTP; x",
    ],
)
def test_a_client_cannot_call_itself_local(line: str) -> None:
    assert not read_received(line).local


# --- whole blocks ---------------------------------------------------------------------------------------------------


def test_the_example_of_arc_is_read_as_three_hops_and_a_seal() -> None:
    """RFC 8617, Appendix B: the lines of the last owner, the list and the sender, and the tags of its newest seal."""
    block = "".join(f"Received: {line}\n" for line in RFC_8617_B) + (
        "ARC-Seal: i=3; a=rsa-sha256; cv=pass; d=clochette.example.org; s=\n"
        "        clochette; t=12345; b=CU87XzXlNlk5X/yW4l73UvPUcP9ivwYWxyBWcVrRs7\n"
        "        +HPx3K05nJhny2fvymbReAmOA9GTH/y+k9kEc59hAKVg==\n"
    )
    found = analyse(block)
    assert [hop.received.host for hop in found.hops] == ["segv.d1.example", "lists.example.org", "gmail.example"]
    assert [hop.delay for hop in found.hops] == [None, 89.0, 70.0] and found.total == 159.0
    assert [hop.role for hop in found.hops] == [Role.RELAY, Role.RELAY, Role.RECIPIENT_MX]
    (seal,) = found.authentication
    assert (seal.instance, seal.tags["cv"], seal.tags["s"]) == (3, "pass", "clochette")


@pytest.mark.parametrize(
    ("value", "server", "results"),
    [
        pytest.param("example.org 1; none", "example.org", [], id="RFC 8601, B.2"),
        pytest.param(
            "example.com; spf=pass smtp.mailfrom=example.net",
            "example.com",
            [("spf", "pass", "", {"smtp.mailfrom": "example.net"})],
            id="RFC 8601, B.3",
        ),
        pytest.param(
            "example.com; auth=pass (cram-md5) smtp.auth=sender@example.net; spf=pass smtp.mailfrom=example.net",
            "example.com",
            [
                ("auth", "pass", "cram-md5", {"smtp.auth": "sender@example.net"}),
                ("spf", "pass", "", {"smtp.mailfrom": "example.net"}),
            ],
            id="RFC 8601, B.4",
        ),
        pytest.param(
            'example.com; dkim=pass reason="good signature" header.i=@mail-router.example.net; dkim=fail '
            'reason="bad signature" header.i=@newyork.example.com',
            "example.com",
            [
                ("dkim", "pass", "", {"reason": "good signature", "header.i": "@mail-router.example.net"}),
                ("dkim", "fail", "", {"reason": "bad signature", "header.i": "@newyork.example.com"}),
            ],
            id="RFC 8601, B.6",
        ),
        pytest.param(
            "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy (A "
            "dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
            "foo.example.net",
            [
                (
                    "dkim",
                    "fail",
                    "Because I like it One yay wait for it A dot can go here like that this surprised me as I wasn't "
                    "expecting it",
                    {"policy.expired": "1362471462"},
                )
            ],
            id="RFC 8601, B.7, nothing but comments",
        ),
        pytest.param(
            "spf=neutral (sender IP is 89.116.106.221) smtp.mailfrom=free.fr; dkim=fail (no key for signature) "
            "header.d=free.fr;dmarc=fail action=none header.from=free.fr;compauth=fail reason=001",
            "",
            [
                ("spf", "neutral", "sender IP is 89.116.106.221", {"smtp.mailfrom": "free.fr"}),
                ("dkim", "fail", "no key for signature", {"header.d": "free.fr"}),
                ("dmarc", "fail", "", {"action": "none", "header.from": "free.fr"}),
                ("compauth", "fail", "", {"reason": "001"}),
            ],
            id="FiltaQuilla issue 243, Exchange Online",
        ),
        pytest.param(
            "spf=pass (sender IP is 40.66.63.91) smtp.mailfrom=azeo.com; domain.com; dkim=none (message not signed) "
            "header.d=none;domain.com; dmarc=bestguesspass action=none header.from=azeo.com;",
            "",
            [
                ("spf", "pass", "sender IP is 40.66.63.91", {"smtp.mailfrom": "azeo.com"}),
                ("dkim", "none", "message not signed", {"header.d": "none"}),
                ("dmarc", "bestguesspass", "", {"action": "none", "header.from": "azeo.com"}),
            ],
            id="exchangelib issue 788, Exchange Online with stray domains",
        ),
        pytest.param(
            "gabe.freedesktop.org; dkim=pass (2048-bit key; unprotected) header.d=quicinc.com header.i=@quicinc.com "
            'header.b="MPBgrhp7"; dkim-atps=neutral',
            "gabe.freedesktop.org",
            [
                (
                    "dkim",
                    "pass",
                    "2048-bit key; unprotected",
                    {"header.d": "quicinc.com", "header.i": "@quicinc.com", "header.b": "MPBgrhp7"},
                ),
                ("dkim-atps", "neutral", "", {}),
            ],
            id="dri-devel, July 2025, a semicolon in a comment",
        ),
        pytest.param("authservid; none", "authservid", [], id="OpenARC issue 41"),
    ],
)
def test_published_results_are_read(value: str, server: str, results: list[tuple[str, str, str, object]]) -> None:
    (one,) = analyse(f"Authentication-Results: {value}\n").authentication
    assert one.server == server
    assert [(it.method, it.result, " ".join(it.comment.split()), it.properties) for it in one.results] == results


@pytest.mark.parametrize(
    ("header", "title", "expected"),
    [
        pytest.param(
            # "Anti-spam message headers in Microsoft 365", learn.microsoft.com, X-Forefront-Antispam-Report.
            "X-Forefront-Antispam-Report: ...CTRY:;LANG:hr;SCL:1;SRV:;IPV:NLI;SFV:NSPM;PTR:;SFTY:;...",
            "forefront",
            {"LANG": "hr", "SCL": "1", "IPV": "NLI", "SFV": "NSPM", "SFTY": ""},
            id="Microsoft Learn, Anti-spam message headers",
        ),
        pytest.param(
            "X-Microsoft-Antispam-Mailbox-Delivery: abwl:0;wl:0;pcwl:0;kl:0;iwl:0;dwl:0;dkl:0;rwl:0;ucf:0;jmr:0;ex:0;"
            "auth:1;dest:J;OFR:SpamFilterAuthJ;ENG:(5062000261)(5061607266)(5061608174)(4900115)(4920090)(6350004)"
            "(4950130)(4990090)(9140004);RF:JunkEmail;",
            "mailbox_delivery",
            {"ucf": "0", "auth": "1", "dest": "J", "OFR": "SpamFilterAuthJ", "RF": "JunkEmail"},
            id="microsoft-365-docs issue 1067, Mailbox-Delivery",
        ),
        pytest.param(
            "X-Forefront-Antispam-Report-Untrusted: CIP:52.169.0.179;IPV:CAL;SCL:-1;CTRY:US;EFV:NLI;SFV:NSPM;"
            "SFS:(10009020)(346002)(2980300002);DIR:OUT;SFP:1101;SCL:1;SRVR:VI1PR0401MB2336;H:eu2.smtp.exclaimer.net;"
            "FPR:;SPF:Fail;LANG:nl;PTR:eu2.smtp.exclaimer.net;A:1;MX:1;",
            "forefront_untrusted",
            {"CIP": "52.169.0.179", "DIR": "OUT", "SCL": "-1 1", "PTR": "eu2.smtp.exclaimer.net", "MX": "1"},
            id="O365-Admin-Center issue 12, another organization's report",
        ),
    ],
)
def test_published_reports_are_taken_apart(header: str, title: str, expected: dict[str, str]) -> None:
    report = values(analyse(f"{header}\n"))["antispam"][title]
    assert {key: report[key]["value"] for key in expected} == expected


AMD = Own(
    hosts=frozenset({"satlexmb04.amd.com", "satlexmb07.amd.com", "satlexmb08.amd.com"}),
    organizations=frozenset({"amd.com"}),
)


def whole(name: str, own: Own = NOBODY) -> Analysis:
    """A header that a public list's archive shows, without persons, long signatures and the message.

    From the archives of linux-crypto@vger.kernel.org of 29 October 2025, and of amd-gfx@lists.freedesktop.org of 28
    August 2025, whose Mailman folds lines anew. In both an organization's own servers relayed through Exchange Online.
    """
    return analyse((SAMPLES / f"{name}.eml").read_bytes(), own)


def test_a_real_way_through_an_on_premises_connector_has_its_roles() -> None:
    found = whole("list-linux-crypto", AMD)
    assert [(hop.role, hop.from_role) for hop in found.hops] == [
        (Role.LOCAL_RELAY, Role.DEVICE),
        (Role.LOCAL_RELAY, None),
        (Role.LOCAL_RELAY, None),
        (Role.FRONT_DOOR, None),
        (Role.HUB, None),
        (Role.HUB, None),
        (Role.RELAY, Role.OUTBOUND_POOL),
        (Role.RELAY, None),
        (Role.RELAY, None),
        (Role.RECIPIENT_MX, None),
    ]
    assert [hop.received.tls.used for hop in found.hops] == [False, *[True] * 6, False, True, True]
    assert found.total == 167.0 and all(hop.delay is None or hop.delay >= 0 for hop in found.hops)


@pytest.mark.parametrize(
    ("name", "relay", "door"),
    [
        ("list-linux-crypto", "satlexmb08.amd.com", "bl6pepf00022574.mail.protection.outlook.com"),
        ("list-amd-gfx", "satlexmb04.amd.com", "ch2pepf0000009d.mail.protection.outlook.com"),
    ],
)
def test_a_real_way_through_an_on_premises_connector_is_recognised(name: str, relay: str, door: str) -> None:
    tenant = "3dd8961f-e488-4e60-8e11-a82d994e183d"
    found = whole(name, AMD)
    assert sentence_of(found) == (
        f"The message went through your relay {relay}, and Exchange Online took it through an OnPremises connector of "
        f"tenant {tenant}, at {door}. No line that can be believed confirms it."
    )
    told = [note.code for note in found.verdict.evidence]
    assert told[:4] == ["evidence.entity", "evidence.direction", "evidence.attributed", "evidence.client"]
    assert told[-1] == "evidence.own_tenant"
    assert whole(name).verdict.note.code == "through_exchange"


def test_a_report_that_a_list_folded_anew_says_the_same() -> None:
    first, second = (values(whole(name))["antispam"] for name in ("list-linux-crypto", "list-amd-gfx"))
    for key in ("CIP", "CTRY", "SCL", "IPV", "SFV", "PTR", "CAT", "DIR", "SFP"):
        assert first["forefront"][key] == second["forefront"][key], key
    taken = taken_by_exchange(whole("list-amd-gfx").reports)
    assert (taken.address, taken.hello, taken.tenant) == (
        "165.204.84.17",
        "SATLEXMB04.amd.com",
        "3dd8961f-e488-4e60-8e11-a82d994e183d",
    )


def test_a_server_that_writes_a_header_for_each_check_is_heard_to_the_end() -> None:
    told = [finding.note.code for finding in whole("list-linux-crypto").findings]
    assert "spf_fail" in told and "dkim_fail" not in told
    assert "spf_fail" not in [finding.note.code for finding in whole("list-amd-gfx").findings]


def test_times_of_the_published_lines_are_told_in_utc() -> None:
    moment = read_received(RFC_8617_B[0]).moment
    assert moment is not None and moment.zoned and moment.at == datetime.fromisoformat("2015-01-14T23:02:40+00:00")

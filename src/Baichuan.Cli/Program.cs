Console.WriteLine("baichuan");
